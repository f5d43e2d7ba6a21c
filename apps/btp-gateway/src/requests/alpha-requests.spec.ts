import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BtpErrorName,
  decodeBtpAlpha,
  decodeIlp,
  ilpEntry,
  infoRequest,
  jsonEntry,
  numberRequest,
  octetEntry,
  type ProtocolData,
  readAccountInfo,
  readAlphaBalance,
  readLedgerInfo,
  textEntry,
} from '#protocol';
import {
  fulfill,
  prepare,
  reject,
  RequestsKit,
} from '../../../../test/support/gateway/requests-kit';

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../../test/vectors/vectors.json'), 'utf8'),
) as { readonly btp: readonly { readonly id: string; readonly hex: string }[] };
const from = textEntry('from', 'test.alice.client');
const to = textEntry('to', 'test.alice.server');

function alphaKit(): RequestsKit {
  return new RequestsKit({}, undefined, 'BTP/alpha');
}

/** The type byte of each frame that the peer was sent. */
function typeBytes(kit: RequestsKit): (number | undefined)[] {
  return kit.wire.frames.map((frame) => frame[0]);
}

const RESPONSE = 2;
const ERROR = 3;

describe('a BTP/alpha peer', () => {
  it.each([prepare(), fulfill, reject])('gets an Ack for a $type that was taken', (request) => {
    const kit = alphaKit();
    kit.receive(request);
    kit.answer(kit.reference());
    expect(kit.wire.frames.map((frame) => frame.toString('hex'))).toEqual(['0100000005020100']);
  });

  it('gets a Response where there is something to say', () => {
    const kit = alphaKit();
    kit.message(infoRequest('full'));
    expect(typeBytes(kit)).toEqual([RESPONSE]);
    expect(readLedgerInfo(kit.entry())).toMatchObject({
      prefix: 'test.alice.',
      connectors: ['test.alice.server'],
    });
  });

  it.each<[BtpErrorName, string]>([
    ['UnreachableError', 'T00'],
    ['NotAcceptedError', 'F00'],
    ['TransferNotFoundError', 'F03'],
    ['InvalidFulfillmentError', 'F04'],
    ['DuplicateIdError', 'F05'],
    ['AlreadyRolledBackError', 'F06'],
    ['AlreadyFulfilledError', 'F07'],
    ['InsufficientBalanceError', 'F08'],
  ])('is told %s by an inline error with code %s, signed by us', (name, code) => {
    const kit = alphaKit();
    kit.receive(fulfill);
    kit.answer(kit.reference(), { name, message: 'the reason' });
    expect(kit.wire.frames.map((frame) => decodeBtpAlpha(frame))).toMatchObject([
      {
        type: 'error',
        requestId: 5,
        rejectionReason: {
          code,
          name,
          triggeredBy: 'test.alice.server',
          data: Buffer.from('{"message":"the reason"}'),
        },
      },
    ]);
  });

  it('is refused an amount of 0 by F01', () => {
    const kit = alphaKit();
    kit.receive(prepare({ amount: 0n }));
    expect(typeBytes(kit)).toEqual([ERROR]);
    expect(kit.wire.last).toMatchObject({ code: 'F01', name: 'InvalidFieldsError' });
    expect(kit.link.sent).toEqual([]);
  });

  it.each([Buffer.from([0]), Buffer.from([7]), Buffer.alloc(0)])(
    'that asks for an account hears who it is itself: %j',
    (data) => {
      const kit = alphaKit();
      kit.message(octetEntry('info', data));
      expect(readAccountInfo(kit.entry())).toBe('test.alice.client');
    },
  );

  it.each([
    [-1_000n, 1_000n],
    [0n, 0n],
    [1_000n, 0n],
    [-(2n ** 63n), 2n ** 63n],
    [-(2n ** 64n) + 1n, 2n ** 64n - 1n],
    [-(2n ** 70n), 2n ** 64n - 1n],
  ])('that asks for a balance of ours of %s hears its own, unsigned: %s', (ours, told) => {
    const kit = alphaKit();
    kit.message(numberRequest('balance'));
    kit.tellBalance(ours, null);
    expect(typeBytes(kit)).toEqual([RESPONSE]);
    expect(readAlphaBalance(kit.entry())).toBe(told);
  });

  it('that asks for a limit hears ours, in digits', () => {
    const kit = alphaKit();
    kit.message(numberRequest('limit'));
    kit.tellBalance(1n, 1_000_000n);
    expect(kit.entry()).toMatchObject({ contentType: 2, data: Buffer.from('"1000000"') });
  });

  it.each<[string, ProtocolData]>([
    ['info', infoRequest('full')],
    ['balance', numberRequest('balance')],
    ['limit', numberRequest('limit')],
  ])('may say `from` and `to` beside %s', (name, asked) => {
    const kit = alphaKit();
    kit.message(asked, from, to);
    if (name !== 'info') kit.tellBalance(-7n, 7n);
    expect(typeBytes(kit)).toEqual([RESPONSE]);
    expect(kit.entry().protocolName).toBe(name);
  });

  it('may say `from` and `to` beside, and before, a quote request', async () => {
    for (const entries of [
      [ilpEntry(Buffer.from('quote')), from, to],
      [from, to, ilpEntry(Buffer.from('quote'))],
    ]) {
      const kit = alphaKit();
      kit.quote = () => Promise.resolve(Buffer.from('quoted'));
      kit.message(...entries);
      await new Promise(setImmediate);
      expect(kit.entry()).toEqual(ilpEntry(Buffer.from('quoted')));
    }
  });

  it('is understood as the peers of that time put it', async () => {
    const vector = vectors.btp.find(({ id }) => id === 'alpha-message-to-from');
    const kit = alphaKit();
    kit.session.receive(Buffer.from(vector?.hex ?? '', 'hex'));
    await new Promise(setImmediate);
    // The quoter of this kit answers with what it was asked.
    const [frame = Buffer.alloc(0)] = kit.wire.frames;
    expect(decodeIlp(decodeBtpAlpha(frame).protocolData[0]?.data ?? Buffer.alloc(0))).toEqual({
      type: 'by-source-request',
      destinationAccount: 'g.dest.bob',
      sourceAmount: 100n,
      destinationHoldDurationMs: 10_000,
    });
  });

  it('may say `to` in a Prepare, whose ILP packet stays what it is', () => {
    const kit = alphaKit();
    const packet = Buffer.from('packet');
    kit.receive(prepare({ protocolData: [ilpEntry(packet), to] }));
    expect(kit.link.all('prepare-payment')).toMatchObject([{ packet, amount: 100n }]);
  });

  it('is refused a sub-protocol that is none, by an inline F00', () => {
    const kit = alphaKit();
    kit.message(textEntry('vouch', 'x'), from);
    expect(kit.wire.last).toMatchObject({ code: 'F00', name: 'NotAcceptedError' });
    expect(typeBytes(kit)).toEqual([ERROR]);
  });

  it('is told by a Response with an ILP error what went wrong with `custom`', () => {
    const kit = alphaKit();
    kit.message(jsonEntry('custom', Buffer.from('{"method":"unheard_of"}')));
    expect(typeBytes(kit)).toEqual([RESPONSE]);
    expect(kit.entry().protocolName).toBe('ilp');
  });
});
