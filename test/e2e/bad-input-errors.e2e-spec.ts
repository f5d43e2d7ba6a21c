import { decodeIlp, ilpEntry, protocolEntry, type BtpRequest } from '#protocol';
import type { BtpPeer } from '#testing';
import { BesiegedConnector, STARTED_WITHIN_MS } from '../support/bad-input/besieged-connector';
import { errorFrame, type PeerError } from '../support/bad-input/error-frame';
import { hearsEnd, hearsPrepare } from '../support/bad-input/heard';
import { outcomeOf, PASSED_OVER } from '../support/bad-input/observe';
import { aFulfill, aPrepare, aReject, aSecret, payment } from '../support/bad-input/requests';
import type { RawPeer } from '../support/raw-peer';
import { until } from '../support/running-connector';

const WITHIN_MS = 40_000;
/** Time for both transfers of a payment to be prepared, the outgoing one a second shorter. */
const SHORT_MS = 5_000;

let connector: BesiegedConnector;
let rita: BtpPeer;
let mallory: RawPeer;
/** Of mallory's requests. */
let requestId = 100;

beforeAll(async () => {
  connector = await BesiegedConnector.start();
  rita = await connector.dial('rita');
}, STARTED_WITHIN_MS);

afterAll(async () => {
  await rita.close();
  await connector.stop();
});

beforeEach(async () => {
  mallory = await connector.raw('mallory');
});

afterEach(() => mallory.close());

/** How often mallory was asked this about the transfer. */
function times(type: string, transferId: string): number {
  return mallory.requests.filter(
    (one) => one.type !== 'message' && one.type === type && one.transferId === transferId,
  ).length;
}

/** The socket is served as before, and nothing more happened on its ledger. */
async function expectPeace(): Promise<void> {
  const of = 'mallory';
  expect(await outcomeOf(connector, { peer: mallory, of }, () => undefined)).toEqual(PASSED_OVER);
}

function ilpOf({ protocolData }: Pick<BtpRequest, 'protocolData'>): unknown {
  const entry = protocolEntry(protocolData, 'ilp');
  return entry && decodeIlp(entry.data);
}

describe('an Error in answer to our Prepare rolls both transfers back, by its name (SPEC §5.8, §13.6)', () => {
  const LONG = 'x'.repeat(9_000);

  it.each<[string, PeerError, string]>([
    ['F00 NotAcceptedError', { code: 'F00', name: 'NotAcceptedError' }, 'T01'],
    ['F01 InvalidFieldsError', { code: 'F01', name: 'InvalidFieldsError' }, 'F00'],
    ['F03 TransferNotFoundError', { code: 'F03', name: 'TransferNotFoundError' }, 'T01'],
    ['F04 InvalidFulfillmentError', { code: 'F04', name: 'InvalidFulfillmentError' }, 'T01'],
    ['F05 DuplicateIdError', { code: 'F05', name: 'DuplicateIdError' }, 'F00'],
    ['F06 AlreadyRolledBackError', { code: 'F06', name: 'AlreadyRolledBackError' }, 'T01'],
    ['F08 InsufficientBalanceError', { code: 'F08', name: 'InsufficientBalanceError' }, 'T04'],
    ['T00 UnreachableError', { code: 'T00', name: 'UnreachableError' }, 'T01'],
    ['F02 as framework means it', { code: 'F02', name: 'TransferNotFoundError' }, 'T01'],
    ['F04 as framework means it', { code: 'F04', name: 'DuplicateIdError' }, 'F00'],
    ['F05 as framework means it', { code: 'F05', name: 'AlreadyRolledBackError' }, 'T01'],
    ['F00 with a name of F08', { code: 'F00', name: 'InsufficientBalanceError' }, 'T04'],
    ['F08 with a name of F00', { code: 'F08', name: 'NotAcceptedError' }, 'T01'],
    ['an unknown name, by its code', { code: 'F08', name: 'NoMoneyError' }, 'T04'],
    ['no name, by its code', { code: 'F05', name: '' }, 'F00'],
    ['a name in other letters, by its code', { code: 'F01', name: 'INVALIDFIELDSERROR' }, 'F00'],
    ['a stumbling program', { code: 'F00', name: 'TypeError' }, 'T01'],
    ['an account that there is not', { code: 'F00', name: 'AccountNotFoundError' }, 'F02'],
    ['names of ILP as in BTP/alpha', { code: 'T04', name: 'Insufficient Liquidity' }, 'T01'],
    ['a code that there is not', { code: 'F99', name: 'ApplicationError' }, 'T01'],
    ['bytes for code and name', { code: '\0\xff\n', name: '\x1b[2J\0' }, 'T01'],
    ['a name of 9,000 characters', { name: LONG }, 'T01'],
    ['no data', { data: '' }, 'T01'],
    ['data that is no JSON', { data: 'because' }, 'T01'],
    ['data of JSON without a message', { data: '[{"message":1}]' }, 'T01'],
    ['data of 8,192 bytes', { data: LONG.slice(0, 8_192) }, 'T01'],
    ['data of more', { data: LONG }, 'T01'],
    ['a date that there is not', { triggeredAt: '20170230093200.000Z' }, 'T01'],
  ])('%s', async (_, error, code) => {
    const protocolData = [ilpEntry(payment('test.mallory.client.x'))];
    const incoming = aPrepare({ protocolData });
    await rita.prepare(incoming);
    const { requestId: asked, transferId } = await mallory.hears('prepare');
    mallory.send(errorFrame(asked, error));
    const reject = await hearsEnd(rita, incoming);
    expect(reject.type).toBe('reject');
    expect(ilpOf(reject)).toMatchObject({ type: 'error', code });
    await expectPeace();
    expect(times('prepare', transferId)).toBe(1);
    const rolledBack = ['TransferPrepared', 'TransferRejected'];
    expect(await connector.eventsOf('mallory', transferId)).toEqual(rolledBack);
    expect(await connector.eventsOf('rita', incoming.transferId)).toEqual(rolledBack);
  });

  it('but not where it says that the transfer is fulfilled: the Fulfill is still to come', async () => {
    const { fulfillment, condition } = aSecret();
    const protocolData = [ilpEntry(payment('test.mallory.client.x'))];
    const incoming = aPrepare({ protocolData, executionCondition: condition });
    await rita.prepare(incoming);
    const { requestId: asked, transferId } = await mallory.hears('prepare');
    mallory.send(errorFrame(asked, { code: 'F06', name: 'AlreadyFulfilledError' }));
    await expectPeace();
    expect(await connector.eventsOf('mallory', transferId)).toEqual(['TransferPrepared']);
    await mallory.request({ ...aFulfill(transferId, fulfillment), requestId: ++requestId });
    expect(await hearsEnd(rita, incoming)).toMatchObject({ type: 'fulfill', fulfillment });
  });

  it('and not where it reads as no Error of BTP/1.0: the Prepare is repeated, and expires', async () => {
    const protocolData = [ilpEntry(payment('test.mallory.client.x'))];
    const incoming = aPrepare({ protocolData, expiresAtMs: Date.now() + SHORT_MS });
    await rita.prepare(incoming);
    const { requestId: asked, transferId } = await mallory.hears('prepare');
    const asInAlpha = errorFrame(asked, {});
    asInAlpha[0] = 3;
    mallory.send(asInAlpha);
    expect(ilpOf(await hearsEnd(rita, incoming))).toMatchObject({ code: 'R00' });
    expect(await connector.eventsOf('mallory', transferId)).toEqual([
      'TransferPrepared',
      'TransferExpired',
    ]);
  });
});

describe('an Error in answer to our Fulfill changes nothing that is on record (SPEC §5.8, §13.5)', () => {
  /** Up to the Fulfill that mallory is sent. */
  async function paid(): Promise<{ asked: number; transferId: string }> {
    const { fulfillment, condition } = aSecret();
    const prepare = aPrepare({ executionCondition: condition, requestId: ++requestId });
    await mallory.request(prepare);
    const onward = await hearsPrepare(rita, prepare);
    await rita.fulfill(aFulfill(onward.transferId, fulfillment));
    const fulfill = await mallory.hears('fulfill', prepare.transferId);
    return { asked: fulfill.requestId, transferId: prepare.transferId };
  }

  const onRecord = ['TransferPrepared', 'TransferFulfilled'];

  it.each<[string, PeerError]>([
    ['AlreadyFulfilledError', { code: 'F06', name: 'AlreadyFulfilledError' }],
    ['AlreadyRolledBackError', { code: 'F05', name: 'AlreadyRolledBackError' }],
    ['TransferNotFoundError', { code: 'F02', name: 'TransferNotFoundError' }],
    ['InvalidFieldsError', { code: 'F01', name: 'InvalidFieldsError' }],
    ['InvalidFulfillmentError', { code: 'F04', name: 'InvalidFulfillmentError' }],
    ['NotAcceptedError', { code: 'F00', name: 'NotAcceptedError' }],
    ['NotAcceptedError under a code of class T', { code: 'T00', name: 'NotAcceptedError' }],
  ])('%s: it is not asked again', async (_, error) => {
    const { asked, transferId } = await paid();
    mallory.send(errorFrame(asked, error));
    const { transferId: later, asked: askedLater } = await paid();
    mallory.agree({ requestId: askedLater });
    await expectPeace();
    expect(times('fulfill', transferId)).toBe(1);
    expect(await connector.eventsOf('mallory', transferId)).toEqual(onRecord);
    expect(await connector.eventsOf('mallory', later)).toEqual(onRecord);
  });

  it.each<[string, PeerError]>([
    ['UnreachableError', { code: 'T00', name: 'UnreachableError' }],
    ['a busy peer', { code: 'T02', name: 'LedgerBusyError' }],
    ['a stumbling program', { code: 'F00', name: 'TypeError' }],
    ['a name that there is not', { code: 'F99', name: 'ApplicationError' }],
  ])('%s: it is asked again, until it is answered', async (_, error) => {
    const { asked, transferId } = await paid();
    mallory.send(errorFrame(asked, error));
    await until(WITHIN_MS, 'asked again', () => times('fulfill', transferId) >= 2);
    const latest = mallory.requests.findLast(({ type }) => type === 'fulfill');
    if (latest !== undefined) mallory.agree(latest);
    await expectPeace();
    expect(await connector.eventsOf('mallory', transferId)).toEqual(onRecord);
  });
});

describe('an Error in answer to our Reject is passed over (SPEC §5.7, §5.8)', () => {
  it.each<[string, PeerError]>([
    ['AlreadyFulfilledError', { code: 'F06', name: 'AlreadyFulfilledError' }],
    ['AlreadyRolledBackError', { code: 'F05', name: 'AlreadyRolledBackError' }],
    ['UnreachableError', { code: 'T00', name: 'UnreachableError' }],
    ['a stumbling program', { code: 'F00', name: 'TypeError' }],
  ])('%s', async (_, error) => {
    const prepare = aPrepare({ requestId: ++requestId });
    await mallory.request(prepare);
    const onward = await hearsPrepare(rita, prepare);
    await rita.reject(aReject(onward.transferId));
    const reject = await mallory.hears('reject', prepare.transferId);
    expect(ilpOf(reject)).toMatchObject({ type: 'error', code: 'F99' });
    mallory.send(errorFrame(reject.requestId, error));
    await expectPeace();
    expect(times('reject', prepare.transferId)).toBe(1);
    expect(await connector.eventsOf('mallory', prepare.transferId)).toEqual([
      'TransferPrepared',
      'TransferRejected',
    ]);
  });
});
