import { btpError, type BtpMessage, type BtpResponse, encodeBtp, infoRequest } from '#protocol';
import { SessionKit, START_MS } from '../../../../test/support/gateway/session-kit';
import type { Asker, Refusal } from './asker';

class RecordingAsker implements Asker {
  askedAtMs = 0;
  readonly heard: string[] = [];
  refusal: Refusal | undefined;

  onResponse(response: BtpResponse): void {
    this.heard.push(`response ${response.protocolData.length}`);
  }

  onRefusal(refusal: Refusal): void {
    this.refusal = refusal;
    this.heard.push(`refusal ${refusal.name}`);
  }

  onSilence(reason: string): void {
    this.heard.push(`silence ${reason}`);
  }
}

function ask(kit: SessionKit): { asker: RecordingAsker; requestId: number; frame: Buffer } {
  const asker = new RecordingAsker();
  const requestId = kit.session.takeRequestId();
  const request: BtpMessage = { type: 'message', requestId, protocolData: [infoRequest('full')] };
  return { asker, requestId, frame: kit.session.ask(request, asker) };
}

describe('our requests', () => {
  it('get the answer that bears their id', () => {
    const kit = new SessionKit();
    const first = ask(kit);
    const second = ask(kit);
    kit.receive({ type: 'response', requestId: second.requestId, protocolData: [] });
    expect(first.asker.heard).toEqual([]);
    expect(second.asker.heard).toEqual(['response 0']);
  });

  it('take an Error by its name, whatever its code', () => {
    const kit = new SessionKit();
    const { asker, requestId } = ask(kit);
    const error = btpError({
      requestId,
      name: 'TransferNotFoundError',
      message: 'unknown',
      triggeredAtMs: START_MS,
    });
    kit.receive({ ...error, code: 'F02' });
    expect(asker.refusal).toMatchObject({
      name: 'TransferNotFoundError',
      message: 'unknown',
      isTemporary: false,
      isUnknown: false,
    });
  });

  it.each([
    ['UnreachableError', 'T00', true],
    ['SomethingBusyError', 'T02', true],
    ['TypeError', 'F00', false],
    ['NotAcceptedError', 'T00', false],
  ])('see in %s with code %s whether it will pass: %s', (name, code, isTemporary) => {
    const kit = new SessionKit();
    const { asker, requestId } = ask(kit);
    const error = btpError({ requestId, name: 'NotAcceptedError', message: '', triggeredAtMs: 0 });
    kit.receive({ ...error, name, code, triggeredAtMs: START_MS });
    expect(asker.refusal?.isTemporary).toBe(isTemporary);
  });

  it('take an Error whose date is none as a refusal', () => {
    const kit = new SessionKit();
    const { asker, requestId } = ask(kit);
    const error = {
      requestId,
      name: 'DuplicateIdError',
      message: '',
      triggeredAtMs: START_MS,
    } as const;
    const frame = encodeBtp(btpError(error));
    frame.write('X', frame.indexOf('2017'), 'latin1');
    kit.session.receive(frame);
    expect(asker.heard).toEqual(['refusal NotAcceptedError']);
  });

  it('are over after the time-out, and a late answer is ignored', () => {
    const kit = new SessionKit();
    const { asker, requestId } = ask(kit);
    kit.session.sweep(START_MS + 4_999);
    expect(asker.heard).toEqual([]);
    kit.session.sweep(START_MS + 5_000);
    kit.receive({ type: 'response', requestId, protocolData: [] });
    expect(asker.heard).toEqual(['silence timeout']);
    expect(kit.metrics.malformed['unexpected-answer']).toBe(1);
  });

  it('time out one by one, in the order they were made', () => {
    const kit = new SessionKit();
    const first = ask(kit);
    kit.nowMs += 1_000;
    const second = ask(kit);
    kit.session.sweep(START_MS + 5_500);
    expect([first.asker.heard, second.asker.heard]).toEqual([['silence timeout'], []]);
  });

  it('all end with the session, and none is sent after it', () => {
    const kit = new SessionKit();
    const { asker } = ask(kit);
    kit.session.lose('gone');
    const late = ask(kit);
    expect(asker.heard).toEqual(['silence closed']);
    expect(late.asker.heard).toEqual([]);
    expect(kit.wire.sent).toHaveLength(1);
    expect(kit.endings).toEqual(['gone']);
  });

  it('are asked again under a new id, with the same content', () => {
    const kit = new SessionKit();
    const { asker, requestId, frame } = ask(kit);
    kit.session.sweep(START_MS + 5_000);
    kit.session.askAgain(frame, asker);
    const again = kit.wire.last;
    expect(again.requestId).not.toBe(requestId);
    expect({ ...again, requestId }).toEqual(kit.wire.sent[0]);
    kit.receive({ type: 'response', requestId: again.requestId, protocolData: [] });
    expect(asker.heard).toEqual(['silence timeout', 'response 0']);
  });

  it('never bear an id that is waiting', () => {
    const kit = new SessionKit();
    const ids = new Set(Array.from({ length: 500 }, () => ask(kit).requestId));
    expect(ids.size).toBe(500);
  });
});

describe('requests of the peer', () => {
  it('are handed on, and answered under their id', () => {
    const kit = new SessionKit();
    kit.receive({ type: 'message', requestId: 9, protocolData: [] });
    kit.session.respond(9);
    expect(kit.requests).toMatchObject([{ type: 'message', requestId: 9 }]);
    expect(kit.wire.last).toEqual({ type: 'response', requestId: 9, protocolData: [] });
  });

  it('are answered with RFC code and name when refused', () => {
    const kit = new SessionKit();
    kit.session.refuse(9, 'InsufficientBalanceError', 'too much');
    expect(kit.wire.last).toMatchObject({
      type: 'error',
      requestId: 9,
      code: 'F08',
      name: 'InsufficientBalanceError',
      triggeredAtMs: START_MS,
      data: Buffer.from('{"message":"too much"}'),
    });
  });

  it('are answered with F01 when their date is none', () => {
    const kit = new SessionKit();
    const frame = encodeBtp({
      type: 'prepare',
      requestId: 9,
      transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
      amount: 1n,
      executionCondition: Buffer.alloc(32),
      expiresAtMs: START_MS,
      protocolData: [],
    });
    frame.write('X', frame.indexOf('2017'), 'latin1');
    kit.session.receive(frame);
    expect(kit.wire.last).toMatchObject({ type: 'error', requestId: 9, code: 'F01' });
    expect(kit.requests).toEqual([]);
  });

  it('are answered with T00 when we fail, and the session goes on', () => {
    const kit = new SessionKit();
    kit.onRequest = () => {
      throw new Error('broken');
    };
    kit.receive({ type: 'message', requestId: 9, protocolData: [] });
    expect(kit.wire.last).toMatchObject({ type: 'error', requestId: 9, code: 'T00' });
    expect(kit.log.messages('error')).toHaveLength(1);
    expect(kit.session.isClosed()).toBe(false);
  });

  it.each(['', '06', '060000000105', '0600000001810100', '08000000010100', 'ff00000001020100'])(
    'are not answered when unreadable: %j',
    (hex) => {
      const kit = new SessionKit();
      kit.session.receive(Buffer.from(hex, 'hex'));
      expect(kit.wire.sent).toEqual([]);
      expect(kit.metrics.malformed.unreadable).toBe(1);
      expect(kit.session.isClosed()).toBe(false);
    },
  );

  it('of a closed session are neither read nor answered', () => {
    const kit = new SessionKit();
    kit.session.close('replaced');
    kit.receive({ type: 'message', requestId: 9, protocolData: [] });
    kit.session.respond(9);
    kit.session.refuse(9, 'NotAcceptedError', 'no');
    expect(kit.requests).toEqual([]);
    expect(kit.wire.sent).toEqual([]);
    expect(kit.wire.closed).toEqual({ code: 1000, reason: 'replaced' });
    expect(kit.endings).toEqual(['replaced']);
  });
});

describe('the heartbeat', () => {
  const beats = (kit: SessionKit, count: number): void => {
    for (let beat = 1; beat <= count; beat += 1) kit.session.sweep(START_MS + beat * 15_000);
  };

  it('pings every 15 s and cuts a peer that answered none of two', () => {
    const kit = new SessionKit();
    kit.session.sweep(START_MS + 14_999);
    expect(kit.wire.pings).toBe(0);
    beats(kit, 2);
    expect(kit.wire.pings).toBe(2);
    expect(kit.session.isClosed()).toBe(false);
    kit.session.sweep(START_MS + 45_000);
    expect(kit.wire.wasCut).toBe(true);
    expect(kit.endings).toEqual(['it answers no pings']);
  });

  it('takes a pong for life', () => {
    const kit = new SessionKit();
    beats(kit, 2);
    kit.session.receivePong();
    kit.session.sweep(START_MS + 45_000);
    expect(kit.session.isClosed()).toBe(false);
  });

  it('takes any frame for life', () => {
    const kit = new SessionKit();
    beats(kit, 2);
    kit.session.receive(Buffer.alloc(0));
    kit.session.sweep(START_MS + 45_000);
    expect(kit.session.isClosed()).toBe(false);
  });
});

describe('a peer that does not read', () => {
  it('is cut when more waits for it than the limit', () => {
    const kit = new SessionKit({ sendQueueBytes: 1_000 });
    kit.wire.queuedBytes = 1_000;
    kit.session.respond(1);
    expect(kit.session.isClosed()).toBe(false);
    kit.wire.queuedBytes = 1_001;
    const { asker } = ask(kit);
    expect(kit.wire.wasCut).toBe(true);
    expect(asker.heard).toEqual(['silence closed']);
  });
});
