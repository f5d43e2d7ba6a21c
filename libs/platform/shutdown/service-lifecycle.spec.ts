import { parseServiceMessage, parseSupervisorMessage } from './service-lifecycle';

describe('messages between a service and its supervisor', () => {
  it.each([
    { type: 'ready', ports: { btp: 'ws://127.0.0.1:7768', health: 'http://127.0.0.1:9464' } },
    { type: 'ready', ports: {} },
    { type: 'fatal', message: 'no database' },
    { type: 'draining' },
    { type: 'connection', taken: true },
    { type: 'connection', taken: false },
  ])('read %j', (message) => {
    expect(parseServiceMessage(message)).toEqual(message);
  });

  it.each([
    undefined,
    null,
    'ready',
    {},
    { type: 'ready' },
    { type: 'ready', ports: { btp: 7768 } },
    { type: 'ready', ports: null },
    { type: 'fatal' },
    { type: 'drain' },
    { type: 'connection' },
    { type: 'connection', taken: 'yes' },
  ])('ignore %j', (message) => {
    expect(parseServiceMessage(message)).toBeUndefined();
  });

  it('tell a drain and a connection from anything else', () => {
    expect(parseSupervisorMessage({ type: 'drain' })).toEqual({ type: 'drain' });
    expect(parseSupervisorMessage({ type: 'connection' })).toEqual({ type: 'connection' });
    expect(parseSupervisorMessage({ type: 'stop' })).toBeUndefined();
    expect(parseSupervisorMessage(undefined)).toBeUndefined();
  });
});
