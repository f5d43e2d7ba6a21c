import { randomUUID } from 'node:crypto';
import {
  type BtpPrepare,
  type BtpRequest,
  decodeIlp,
  ilpEntry,
  jsonEntry,
  octetEntry,
  type ProtocolData,
  protocolEntry,
} from '#protocol';
import type { BtpPeer } from '#testing';
import {
  BesiegedConnector,
  LIMIT,
  STARTED_WITHIN_MS,
} from '../support/bad-input/besieged-connector';
import { hearsPrepare } from '../support/bad-input/heard';
import { outcomeOf, type Outcome, PASSED_OVER } from '../support/bad-input/observe';
import { aFulfill, aPrepare, aReject, aSecret, payment } from '../support/bad-input/requests';
import {
  type MadeTransfer,
  type State,
  TransferScene,
  WINDOW_MS,
} from '../support/bad-input/transfer-scene';
import type { RawPeer } from '../support/raw-peer';

let connector: BesiegedConnector;
let rita: BtpPeer;

beforeAll(async () => {
  connector = await BesiegedConnector.start({ connector: { minMessageWindowMs: WINDOW_MS } });
  rita = await connector.dial('rita');
}, STARTED_WITHIN_MS);

afterAll(async () => {
  await rita.close();
  await connector.stop();
});

const RESPONSE = '7 response';
const NOT_ACCEPTED = '7 F00 NotAcceptedError';
const NOT_FOUND = '7 F03 TransferNotFoundError';
const INVALID_FULFILLMENT = '7 F04 InvalidFulfillmentError';
const DUPLICATE = '7 F05 DuplicateIdError';
const ROLLED_BACK = '7 F06 AlreadyRolledBackError';
const FULFILLED = '7 F07 AlreadyFulfilledError';
const INSUFFICIENT = '7 F08 InsufficientBalanceError';

/** An answer on an open socket, and what was recorded. */
const answered = (answer: string, ...log: string[]): Outcome => ({
  ...PASSED_OVER,
  wire: [answer],
  log,
});

type Call = (made: MadeTransfer) => BtpRequest;
type Row = [string, State, Call, Outcome];

const sameAgain: Call = ({ prepare }) => ({ ...prepare, requestId: 7 });
const changed =
  (change: (prepare: BtpPrepare) => Partial<BtpPrepare>): Call =>
  ({ prepare }) => ({ ...prepare, requestId: 7, ...change(prepare) });
const otherAmount = changed(({ amount }) => ({ amount: amount + 1n }));
const otherCondition = changed(() => ({ executionCondition: aSecret().condition }));
const otherExpiry = changed(({ expiresAtMs }) => ({ expiresAtMs: expiresAtMs + 1 }));
const otherPacket = changed(() => ({ protocolData: [ilpEntry(payment('test.sam.client.x'))] }));
const moreData = changed(({ protocolData }) => ({
  protocolData: [...protocolData, jsonEntry('custom', Buffer.from('{}'))],
}));
const noData = changed(() => ({ protocolData: [] }));
const otherType = changed(({ protocolData }) => ({
  protocolData: protocolData.map((entry) => ({ ...entry, contentType: 1 })),
}));

const fulfills: Call = ({ transferId, fulfillment }) => aFulfill(transferId, fulfillment);
const fulfillsWrongly: Call = ({ transferId }) => aFulfill(transferId, aSecret().fulfillment);
const fulfillsWithData: Call = (made) => ({
  ...fulfills(made),
  protocolData: [ilpEntry(Buffer.from('090401020300', 'hex'))],
});
const rejects: Call = ({ transferId }) => aReject(transferId);
const rejectsOtherwise: Call = ({ transferId }) => aReject(transferId, 'another reason');
const rejectsWithout: Call = (made) => ({ ...rejects(made), protocolData: [] });
const rejectsUnreadably: Call = (made) => ({
  ...rejects(made),
  protocolData: [octetEntry('ilp', Buffer.from('no reason'))],
});

describe.each([
  ['BTP/1.0', 'mallory'],
  ['BTP/alpha', 'alf'],
] as const)('over %s,', (_version, of) => {
  let peer: RawPeer;
  let scene: TransferScene;

  beforeEach(async () => {
    peer = await connector.raw(of);
    scene = new TransferScene(connector, { peer, of }, rita);
  });

  afterEach(() => peer.close());

  const request = (packet: BtpRequest): Promise<Outcome> =>
    outcomeOf(connector, { peer, of }, () => peer.request(packet));

  describe('of a transfer that the peer has sent (SPEC §5.7)', () => {
    it.each<Row>([
      ['the same Prepare again', 'prepared', sameAgain, answered(RESPONSE)],
      ['a Prepare of another amount', 'prepared', otherAmount, answered(DUPLICATE)],
      ['a Prepare of another condition', 'prepared', otherCondition, answered(DUPLICATE)],
      ['a Prepare of another expiry', 'prepared', otherExpiry, answered(DUPLICATE)],
      ['a Prepare of another packet', 'prepared', otherPacket, answered(DUPLICATE)],
      ['a Prepare of more data', 'prepared', moreData, answered(DUPLICATE)],
      ['a Prepare of no data', 'prepared', noData, answered(DUPLICATE)],
      ['a Prepare of another content type', 'prepared', otherType, answered(DUPLICATE)],
      ['the same Prepare again', 'fulfilled', sameAgain, answered(FULFILLED)],
      ['a Prepare of another amount', 'fulfilled', otherAmount, answered(DUPLICATE)],
      ['the same Prepare again', 'rejected', sameAgain, answered(ROLLED_BACK)],
      ['a Prepare of another condition', 'rejected', otherCondition, answered(DUPLICATE)],
      ['the same Prepare again', 'expired', sameAgain, answered(ROLLED_BACK)],
      ['a Prepare of another expiry', 'expired', otherExpiry, answered(DUPLICATE)],
      ['its own Fulfill', 'prepared', fulfills, answered(NOT_ACCEPTED)],
      [
        'its own Fulfill with a wrong preimage',
        'prepared',
        fulfillsWrongly,
        answered(NOT_ACCEPTED),
      ],
      ['its own Fulfill', 'fulfilled', fulfills, answered(NOT_ACCEPTED)],
      ['its own Fulfill', 'rejected', fulfills, answered(NOT_ACCEPTED)],
      ['its own Reject', 'prepared', rejects, answered(NOT_ACCEPTED)],
      ['its own Reject', 'fulfilled', rejects, answered(NOT_ACCEPTED)],
      ['its own Reject', 'rejected', rejects, answered(NOT_ACCEPTED)],
      ['its own Reject, as it does not decide', 'expired', rejects, answered(NOT_ACCEPTED)],
    ])('%s, once it is %s', async (_, state, call, outcome) => {
      const made = await scene.incoming(state);
      expect(await request(call(made))).toEqual(outcome);
      await made.end();
    });
  });

  describe('of a transfer that the peer has received (SPEC §5.7)', () => {
    it.each<Row>([
      ['the right Fulfill', 'prepared', fulfills, answered(RESPONSE, 'TransferFulfilled')],
      [
        'the right Fulfill with data',
        'prepared',
        fulfillsWithData,
        answered(RESPONSE, 'TransferFulfilled'),
      ],
      [
        'a Fulfill with a wrong preimage',
        'prepared',
        fulfillsWrongly,
        answered(INVALID_FULFILLMENT),
      ],
      ['the same Fulfill again', 'fulfilled', fulfills, answered(RESPONSE)],
      ['the same Fulfill with other data', 'fulfilled', fulfillsWithData, answered(RESPONSE)],
      [
        'a Fulfill with a wrong preimage',
        'fulfilled',
        fulfillsWrongly,
        answered(INVALID_FULFILLMENT),
      ],
      ['the right Fulfill', 'rejected', fulfills, answered(ROLLED_BACK)],
      ['a Fulfill with a wrong preimage', 'rejected', fulfillsWrongly, answered(ROLLED_BACK)],
      ['the right Fulfill', 'expired', fulfills, answered(ROLLED_BACK)],
      ['a Reject', 'prepared', rejects, answered(RESPONSE, 'TransferRejected')],
      [
        'a Reject without a reason',
        'prepared',
        rejectsWithout,
        answered(RESPONSE, 'TransferRejected'),
      ],
      [
        'a Reject nobody can read',
        'prepared',
        rejectsUnreadably,
        answered(RESPONSE, 'TransferRejected'),
      ],
      ['the same Reject again', 'rejected', rejects, answered(RESPONSE)],
      ['a Reject for another reason', 'rejected', rejectsOtherwise, answered(RESPONSE)],
      ['a Reject', 'fulfilled', rejects, answered(FULFILLED)],
      ['a Reject', 'expired', rejects, answered(RESPONSE)],
      ['our Prepare sent back', 'prepared', sameAgain, answered(DUPLICATE)],
      ['our Prepare sent back', 'fulfilled', sameAgain, answered(DUPLICATE)],
    ])('%s, once it is %s', async (_, state, call, outcome) => {
      const made = await scene.outgoing(state);
      expect(await request(call(made))).toEqual(outcome);
      await made.end();
    });

    it('a wrong preimage does no harm: the right one fulfills it', async () => {
      const made = await scene.outgoing('prepared');
      expect(await request(fulfillsWrongly(made))).toEqual(answered(INVALID_FULFILLMENT));
      const right = { ...fulfills(made), requestId: 8 };
      expect(await request(right)).toEqual(answered('8 response', 'TransferFulfilled'));
    });
  });

  describe('of a transfer that nobody has sent (SPEC §5.7)', () => {
    it.each<[string, BtpRequest]>([
      ['a Fulfill', aFulfill(randomUUID(), aSecret().fulfillment)],
      ['a Reject', aReject(randomUUID())],
    ])('%s is not found', async (_, packet) => {
      expect(await request(packet)).toEqual(answered(NOT_FOUND));
    });
  });

  describe('a Prepare of a payment that cannot go on is taken, and rejected at once (SPEC §5.7, §6.5, §13.1)', () => {
    const to = (account: string, amount = 5n) => ({
      protocolData: [ilpEntry(payment(account, amount))],
    });
    const packet = (hex: string) => ({ protocolData: [ilpEntry(Buffer.from(hex, 'hex'))] });
    const dueIn = (ms: number) => ({ expiresAtMs: Date.now() + ms });
    const rejected = answered(RESPONSE, 'TransferPrepared', 'TransferRejected');

    it.each<[string, () => Partial<BtpPrepare>, string, Outcome]>([
      ['without a packet', () => ({ protocolData: [] }), 'F01', rejected],
      ['with an empty packet', () => packet(''), 'F01', rejected],
      ['with noise for a packet', () => packet('0105ffff'), 'F01', rejected],
      ['with an ILPv4 packet', () => packet('0c0100'), 'F01', rejected],
      ['with a question for a packet', () => packet('02080161000003e800'), 'F01', rejected],
      ['with a packet of another name', () => ({ protocolData: [asCustom()] }), 'F01', rejected],
      ['to where no route leads', () => to('test.nobody.client'), 'F02', rejected],
      ['to an address of one byte', () => to('x'), 'F02', rejected],
      ['to an address of 2,000 bytes', () => packet(tooFar()), 'F01', rejected],
      ['to this connector', () => to('test.mallory.server'), 'F06', rejected],
      ['that arrives with too little', () => to('test.rita.client.x', 50n), 'R01', rejected],
      ['due before it could be passed on', () => dueIn(WINDOW_MS - 100), 'R02', rejected],
      ['due in an hour', () => dueIn(3_600_000), 'R02', rejected],
      ['due at the end of time', () => ({ expiresAtMs: Date.UTC(9999, 11, 31) }), 'R02', rejected],
      ['that is past (D-11)', () => dueIn(-1_000), 'R00', expired()],
      ['that was due in 1970 (D-11)', () => ({ expiresAtMs: 0 }), 'R00', expired()],
    ])('%s', async (_, change, code, outcome) => {
      const prepare = aPrepare(change());
      expect(await request(prepare)).toEqual(outcome);
      const reject = await peer.hears('reject', prepare.transferId);
      peer.agree(reject);
      const reason = protocolEntry(reject.protocolData, 'ilp');
      expect(reason && decodeIlp(reason.data)).toMatchObject({ type: 'error', code });
    });

    function expired(): Outcome {
      return answered(RESPONSE, 'TransferPrepared', 'TransferExpired');
    }

    /** As our own writer writes none. */
    function tooFar(): string {
      const account = Buffer.alloc(2_000, 'x').toString('hex');
      return `018207dd00000000000000058207d0${account}0000`;
    }

    function asCustom(): ProtocolData {
      return octetEntry('custom', payment());
    }
  });
});

describe('a Prepare beyond what the ledger allows is refused, and nothing is recorded (SPEC §5.7, §7.3)', () => {
  let sam: RawPeer;

  beforeEach(async () => {
    sam = await connector.raw('sam');
  });

  afterEach(() => sam.close());

  const asked = (packet: BtpRequest): Promise<Outcome> =>
    outcomeOf(connector, { peer: sam, of: 'sam' }, () => sam.request(packet));

  it.each([LIMIT + 1n, 2n ** 63n, 2n ** 64n - 1n])('of %s', async (amount) => {
    expect(await asked(aPrepare({ amount }))).toEqual(answered(INSUFFICIENT));
  });

  it('that is beyond it only together with what is on hold', async () => {
    const nowhere = [ilpEntry(payment('test.nobody.x'))];
    const onHold = aPrepare({ requestId: 1 });
    await sam.request(onHold);
    const { transferId } = await hearsPrepare(rita, onHold);
    const toomuch = aPrepare({ amount: LIMIT - 4n });
    expect(await asked(toomuch)).toEqual(answered(INSUFFICIENT));
    const fits = aPrepare({ amount: LIMIT - 5n, requestId: 8, protocolData: nowhere });
    expect(await asked(fits)).toEqual(
      answered('8 response', 'TransferPrepared', 'TransferRejected'),
    );
    await rita.reject(aReject(transferId));
  });
});
