import { Logger } from '@nestjs/common';
import { MemoryBucket } from '../test/memory-bucket';
import { SharedQuotes, type SharedQuotesParts } from './shared-quotes';

test('that nothing can be shared is said once, and again when it could be in between', async () => {
  const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const bucket = new MemoryBucket();
  const shared = new SharedQuotes({
    bucket: bucket as unknown as SharedQuotesParts['bucket'],
    instanceId: 'one',
    clock: () => 0,
    maxKeys: 100,
    onQuoted: () => undefined,
  });
  shared.start();
  const broken = (): never => {
    throw new Error('no bucket');
  };
  bucket.interfere = broken;
  for (const key of ['b.1', 'b.2', 'b.3']) {
    expect(await shared.claim(key, 1_000)).toEqual({ kind: 'unshared' });
  }
  expect(warned).toHaveBeenCalledTimes(1);
  bucket.interfere = () => undefined;
  expect(await shared.claim('b.4', 1_000)).toMatchObject({ kind: 'ours' });
  bucket.interfere = broken;
  expect(await shared.claim('b.5', 1_000)).toEqual({ kind: 'unshared' });
  expect(warned).toHaveBeenCalledTimes(2);
  warned.mockRestore();
  await shared.stop();
});
