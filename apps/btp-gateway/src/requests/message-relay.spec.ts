import { type BtpMessage, btpError, jsonEntry, textEntry } from '#protocol';
import { SessionKit, START_MS } from '../../../../test/support/gateway/session-kit';
import { PeerLoad } from '../sessions/peer-load';
import { MessageRelay } from './message-relay';

const WITHIN_MS = 1_000;
const protocolData = [textEntry('to', 'test.duo.otto'), jsonEntry('custom', Buffer.from('[1]'))];
const request: BtpMessage = { type: 'message', requestId: 5, protocolData };

/** Anna's session, otto's, and what goes from hers to his. */
class Stage {
  readonly anna = new SessionKit();
  readonly otto = new SessionKit();
  readonly load = new PeerLoad(this.anna.limits, START_MS);
  isConnected = true;
  readonly relay = new MessageRelay({
    session: this.anna.session,
    other: () => (this.isConnected ? this.otto.session : undefined),
    load: this.load,
    metrics: this.anna.metrics,
    withinMs: WITHIN_MS,
  });

  relayed(): number {
    this.relay.relay(request, START_MS);
    return this.otto.wire.last.requestId;
  }
}

describe('MessageRelay', () => {
  it('passes a Message on and its Response back, as they are', () => {
    const stage = new Stage();
    const requestId = stage.relayed();
    expect(stage.otto.wire.last).toEqual({ ...request, requestId });
    expect(stage.load.unanswered).toBe(1);
    const response = { type: 'response', protocolData: protocolData.slice(1) } as const;
    stage.otto.receive({ ...response, requestId });
    expect(stage.anna.wire.last).toEqual({ ...response, requestId: 5 });
    expect(stage.load.unanswered).toBe(0);
  });

  it('passes an Error back as it is, with code, name, time and data', () => {
    const stage = new Stage();
    const requestId = stage.relayed();
    const cause = { requestId, name: 'DuplicateIdError', message: 'x', triggeredAtMs: 9 } as const;
    const error = { ...btpError(cause), code: 'F04', name: 'OfItsOwn', protocolData };
    stage.otto.receive(error);
    expect(stage.anna.wire.last).toEqual({ ...error, requestId: 5 });
  });

  it('says that the other party cannot be reached, where it is not connected or goes', () => {
    const stage = new Stage();
    const requestId = stage.relayed();
    stage.otto.session.lose('gone');
    expect(stage.anna.wire.last).toMatchObject({ name: 'UnreachableError', code: 'T00' });
    stage.otto.receive({ type: 'response', requestId, protocolData });
    for (const isConnected of [true, false]) {
      stage.isConnected = isConnected;
      stage.relay.relay({ ...request, requestId: 6 }, START_MS);
      expect(stage.anna.wire.last).toMatchObject({ requestId: 6, name: 'UnreachableError' });
    }
    expect(stage.load.unanswered).toBe(0);
  });

  it('says so as well where there is no answer in time, and keeps what comes later to itself', () => {
    const stage = new Stage();
    const requestId = stage.relayed();
    stage.relay.sweep(START_MS + WITHIN_MS - 1);
    expect(stage.load.unanswered).toBe(1);
    stage.relay.sweep(START_MS + WITHIN_MS);
    const told = stage.anna.wire.last;
    expect(told).toMatchObject({ requestId: 5, name: 'UnreachableError', code: 'T00' });
    stage.otto.receive({ type: 'response', requestId, protocolData });
    expect(stage.anna.wire.last).toEqual(told);
    expect(stage.load.unanswered).toBe(0);
  });
});
