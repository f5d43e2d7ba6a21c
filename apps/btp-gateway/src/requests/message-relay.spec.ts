import { MalformedPeerQuestionError, type PeerAnswer, type PeerQuestion } from '#contracts';
import { PeerNotConnectedError, PeerSilentError } from '#messaging';
import { type BtpMessage, btpError, jsonEntry, textEntry } from '#protocol';
import { SessionKit, START_MS } from '../../../../test/support/gateway/session-kit';
import { PeerLoad } from '../sessions/peer-load';
import { MessageRelay } from './message-relay';

const WITHIN_MS = 1_000;
const protocolData = [textEntry('to', 'test.duo.otto'), jsonEntry('custom', Buffer.from('[1]'))];
const request: BtpMessage = { type: 'message', requestId: 5, protocolData };

/** Anna's session, and otto somewhere. */
class Stage {
  readonly anna = new SessionKit();
  readonly load = new PeerLoad(this.anna.limits, START_MS);
  readonly asked: { readonly peerId: string; readonly question: PeerQuestion }[] = [];

  /** Relays the request; otto answers as told. */
  async relay(otto: () => Promise<PeerAnswer>): Promise<void> {
    const { anna, load, asked } = this;
    const relay = new MessageRelay({
      session: anna.session,
      other: 'otto',
      peers: {
        ask: (peerId, question) => {
          asked.push({ peerId, question });
          return otto();
        },
      },
      load,
      metrics: anna.metrics,
      log: anna.log,
      withinMs: WITHIN_MS,
    });
    relay.relay(request);
    expect(load.unanswered).toBe(1);
    await new Promise(setImmediate);
    expect(load.unanswered).toBe(0);
  }
}

describe('MessageRelay', () => {
  it('passes a Message on and its Response back, as they are', async () => {
    const stage = new Stage();
    const response = { type: 'response', protocolData: protocolData.slice(1) } as const;
    await stage.relay(() => Promise.resolve(response));
    expect(stage.asked).toEqual([
      { peerId: 'otto', question: { protocolData, withinMs: WITHIN_MS } },
    ]);
    expect(stage.anna.wire.last).toEqual({ ...response, requestId: 5 });
    expect(stage.anna.metrics.requests).toMatchObject({ accepted: 1, refused: 0 });
  });

  it('passes an Error back as it is, with code, name, time and data', async () => {
    const stage = new Stage();
    const cause = {
      requestId: 9,
      name: 'DuplicateIdError',
      message: 'x',
      triggeredAtMs: 9,
    } as const;
    const error = { ...btpError(cause), code: 'F04', name: 'OfItsOwn', protocolData };
    await stage.relay(() => Promise.resolve(error));
    expect(stage.anna.wire.last).toEqual({ ...error, requestId: 5 });
    expect(stage.anna.metrics.requests).toMatchObject({ accepted: 0, refused: 1 });
  });

  it.each([
    [new PeerNotConnectedError('otto'), 'UnreachableError', 0],
    [new PeerSilentError('otto'), 'UnreachableError', 0],
    [new Error('whatever'), 'UnreachableError', 1],
    [new MalformedPeerQuestionError('protocolData', 'is too much'), 'NotAcceptedError', 0],
  ])('answers %s with an %s', async (error, name, warnings) => {
    const stage = new Stage();
    await stage.relay(() => Promise.reject(error));
    expect(stage.anna.wire.last).toMatchObject({ requestId: 5, name });
    expect(stage.anna.metrics.requests).toMatchObject({ accepted: 0, refused: 1 });
    expect(stage.anna.log.messages('warn')).toHaveLength(warnings);
  });

  it('says nothing to a party that has gone meanwhile', async () => {
    const stage = new Stage();
    stage.anna.session.lose('gone');
    await stage.relay(() => Promise.resolve({ type: 'response', protocolData }));
    expect(stage.anna.wire.sent).toEqual([]);
  });
});
