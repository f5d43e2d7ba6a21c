import { ServiceIdentity } from './service-context';

describe('ServiceIdentity', () => {
  it('is unlike that of any other process, also of the same instance', () => {
    const ids = Array.from({ length: 100 }, () => ServiceIdentity.of('gateway', '1').instanceId);
    expect(new Set(ids).size).toBe(100);
    expect(ids[0]).toMatch(/^gateway-1-[0-9a-f]{8}$/);
  });

  it('is fit for a subject, whatever the instance is called', () => {
    expect(ServiceIdentity.of('gateway', 'Pod.7 *>').instanceId).toMatch(/^gateway-pod-7----/);
    expect(ServiceIdentity.of('gateway', undefined).instanceId).toMatch(/^gateway-[0-9a-f]{8}$/);
  });
});
