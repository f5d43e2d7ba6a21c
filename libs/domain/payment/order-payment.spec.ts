import { decodeSnapshot, encodeSnapshot, replayLedger } from '#domain/ledger';
import { encodeIlp } from '#protocol';
import { aPreimage, aTransferId, BOB, NOON_MS, OUTGOING, PaymentScene, told } from '#testing';
import { type OrderedPayment, orderPayment, type OrderPayment } from './order-payment';

const packetTo = (account: string, amount = 100n): Buffer =>
  encodeIlp({ type: 'payment', amount, account, data: Buffer.alloc(0) });

const ORDER: OrderPayment = {
  ledgerId: BOB,
  transferId: OUTGOING,
  amount: 102n,
  condition: aPreimage(1).condition,
  expiresInMs: 9_000,
  packet: packetTo('test.far.carl'),
  order: { by: 'dora', memo: 'a trial', pricedBy: 'quote' },
  nowMs: NOON_MS,
};

function give(scene: PaymentScene, change: Partial<OrderPayment> = {}): OrderedPayment {
  return orderPayment(scene.ledgers, { ...ORDER, ...change });
}

function staged(bob: ConstructorParameters<typeof PaymentScene>[0] = {}): PaymentScene {
  const scene = new PaymentScene(bob);
  scene.story();
  return scene;
}

test('an order puts our own money on hold, with who gave it, and the peer is told', () => {
  const scene = staged();
  const ordered = give(scene);
  expect(ordered.kind === 'ordered' && told(ordered.news)).toEqual(['prepare bob']);
  expect(scene.story()).toEqual(['bob: TransferPrepared']);
  expect(scene.outgoing).toMatchObject({
    direction: 'outgoing',
    amount: 102n,
    expiresAtMs: NOON_MS + 9_000,
    order: { by: 'dora', memo: 'a trial', pricedBy: 'quote' },
    cause: undefined,
    plan: undefined,
  });
  expect(scene.bob.sums.outgoingPrepared).toBe(102n);
});

test('where the peer decides it is proposed, and counts once the peer has taken it', () => {
  const scene = staged({ bob: { authority: 'shadow' } });
  give(scene);
  scene.confirm('outgoing', 'prepare');
  scene.fulfill();
  expect(scene.story()).toEqual([
    'bob: TransferProposed',
    'bob: ProposalAccepted',
    'bob: TransferFulfilled',
  ]);
  expect(scene.outgoing?.order?.by).toBe('dora');
});

test.each<[string, (scene: PaymentScene) => unknown, string]>([
  ['fulfills', (scene) => scene.fulfill(), 'TransferFulfilled'],
  ['rejects', (scene) => scene.reject(), 'TransferRejected'],
  [
    'answers with an error',
    (scene) => scene.refuse('InsufficientBalanceError'),
    'TransferRejected',
  ],
  ['is silent', (scene) => scene.expire('outgoing', NOON_MS + 9_000), 'TransferExpired'],
])('a peer that %s ends it, and no other ledger has a part in it', (_what, end, event) => {
  const scene = staged();
  give(scene);
  scene.story();
  expect(end(scene)).toMatchObject({ refusal: undefined, errands: [] });
  expect(scene.story()).toEqual([`bob: ${event}`]);
  expect(scene.bob.sums.outgoingPrepared).toBe(0n);
});

test.each<[string, Partial<OrderPayment>]>([
  ['in the same words', {}],
  ['later', { nowMs: NOON_MS + 3_000 }],
  ['by somebody else', { order: { by: 'emil', memo: null, pricedBy: 'routes' } }],
  ['at a price that has moved', { amount: 103n }],
  ['for what arrives now', { packet: packetTo('test.far.carl', 99n) }],
])('the same order again, %s, pays nothing more', (_what, change) => {
  const scene = staged();
  give(scene);
  scene.story();
  expect(give(scene, change)).toEqual({ kind: 'repeated' });
  scene.fulfill();
  scene.story();
  expect(give(scene, change)).toEqual({ kind: 'repeated' });
  expect(scene.story()).toEqual([]);
});

test.each<[string, Partial<OrderPayment>]>([
  ['another address', { packet: packetTo('test.far.carla') }],
  ['another condition', { condition: aPreimage(2).condition }],
  ['both amounts', { amount: 1n, packet: packetTo('test.far.carl', 1n) }],
])('an id that was used for %s is refused', (_what, change) => {
  const scene = staged();
  give(scene);
  scene.story();
  expect(give(scene, change)).toMatchObject({ kind: 'refused', refusal: { kind: 'DuplicateId' } });
  expect(scene.story()).toEqual([]);
});

test('what is paid on for somebody else is no order, whatever it says', () => {
  const scene = staged();
  scene.accept();
  scene.story();
  const { condition, packet, amount } = scene.outgoing ?? ORDER;
  const refused = give(scene, { condition, packet, amount });
  expect(refused).toMatchObject({ kind: 'refused', refusal: { kind: 'DuplicateId' } });
  expect(scene.story()).toEqual([]);
});

test.each<[string, Partial<OrderPayment>, object]>([
  ['nobody', { order: { ...ORDER.order, by: ' ' } }, { kind: 'InvalidText', field: 'by' }],
  ['no words', { order: { ...ORDER.order, memo: '' } }, { kind: 'InvalidText', field: 'memo' }],
  ['nothing', { amount: 0n }, { kind: 'AmountOutOfRange' }],
  ['more than there is', { amount: 2n ** 64n }, { kind: 'AmountOutOfRange' }],
  ['beyond the limit', { amount: 501n }, { kind: 'InsufficientBalance', available: 500n }],
])('an order of %s is refused, and nothing happens', (_what, change, refusal) => {
  const limits = { maxBalance: null, minBalance: -500n };
  const scene = staged({ bob: { limits } });
  expect(give(scene, change)).toMatchObject({ kind: 'refused', refusal });
  expect(scene.story()).toEqual([]);
});

test.each(['LedgerPaused', 'LedgerDraining'] as const)('after %s nothing is paid', (type) => {
  const scene = staged();
  scene.ledgers.record(scene.bob, { type, by: 'dora', reason: 'a pause' });
  scene.story();
  expect(give(scene)).toMatchObject({ kind: 'refused', refusal: { kind: 'LedgerNotOpen' } });
  expect(scene.story()).toEqual([]);
});

test('what was ordered is known again from the log and from a snapshot', () => {
  const scene = staged();
  give(scene, { transferId: aTransferId(7) });
  const replayed = replayLedger(BOB, scene.ledgers.eventsOf(BOB));
  if (replayed === undefined) throw new Error('nothing to replay');
  expect(replayed.transfers.get(aTransferId(7))?.order).toEqual(ORDER.order);
  expect(decodeSnapshot(encodeSnapshot(replayed))).toEqual(replayed);
});
