import { ledgerId, transferId } from '#domain/ledger';
import type { Delivery } from '#domain/payment';
import {
  DELIVERY_GRACE_MS,
  DeliveryBoard,
  REDELIVER_AFTER_MS,
  REDELIVER_SELDOM_MS,
} from './delivery-board';

const bob = ledgerId('bob');
const first = transferId('00000000-0000-4000-8000-000000000001');
const second = transferId('00000000-0000-4000-8000-000000000002');

const prepare = (id = first): Delivery => ({
  kind: 'prepare',
  ledgerId: bob,
  transferId: id,
  amount: 1n,
  condition: Buffer.alloc(32),
  expiresAtMs: 10_000,
  packet: Buffer.alloc(0),
});

const reject = (id = first): Delivery => ({
  kind: 'reject',
  ledgerId: bob,
  transferId: id,
  reason: Buffer.alloc(0),
});

describe('DeliveryBoard', () => {
  it('hands a delivery out again only when nobody confirmed it in time', () => {
    const board = new DeliveryBoard();
    board.post(prepare(), 0);
    expect(board.takeOverdue(REDELIVER_AFTER_MS - 1)).toEqual([]);
    expect(board.takeOverdue(REDELIVER_AFTER_MS)).toEqual([prepare()]);
    expect(board.takeOverdue(REDELIVER_AFTER_MS + 1)).toEqual([]);
    board.confirm('bob', first, 'prepare');
    expect(board.takeOverdue(REDELIVER_AFTER_MS * 3)).toEqual([]);
  });

  const fulfill = (awaitsAuthority: boolean): Delivery => ({
    kind: 'fulfill',
    ledgerId: bob,
    transferId: first,
    fulfillment: Buffer.alloc(32),
    data: null,
    expiresAtMs: 10_000,
    awaitsAuthority,
  });

  it('shows a preimage for ever where the peer decides, though seldom after a while', () => {
    const board = new DeliveryBoard();
    board.post(fulfill(true), 0);
    const year = 365 * 86_400_000;
    expect(board.takeOverdue(year)).toHaveLength(1);
    expect(board.takeOverdue(year + REDELIVER_SELDOM_MS - 1)).toEqual([]);
    expect(board.takeOverdue(year + REDELIVER_SELDOM_MS)).toHaveLength(1);
    expect(board.size).toBe(1);
    board.post(fulfill(false), 0);
    board.takeOverdue(10_000 + DELIVERY_GRACE_MS);
    expect(board.size).toBe(0);
  });

  it('shows a preimage that came to be known after its time for as long as any other', () => {
    const board = new DeliveryBoard();
    const lateMs = 10_000 + DELIVERY_GRACE_MS - 1;
    board.post(fulfill(false), lateMs);
    board.takeOverdue(lateMs + DELIVERY_GRACE_MS - 1);
    expect(board.allFor('bob')).toEqual([fulfill(false)]);
    board.takeOverdue(lateMs + DELIVERY_GRACE_MS);
    expect(board.size).toBe(0);
  });

  it('hands a new session everything that is open for its ledger, in order', () => {
    const board = new DeliveryBoard();
    board.post(prepare(first), 0);
    board.post(prepare(second), 0);
    board.post({ ...prepare(second), ledgerId: ledgerId('carl') }, 0);
    expect(board.allFor('bob')).toEqual([prepare(first), prepare(second)]);
  });

  it('forgets a Prepare once its outcome is known', () => {
    const board = new DeliveryBoard();
    board.post(prepare(), 0);
    board.post(reject(), 1);
    expect(board.allFor('bob')).toEqual([reject()]);
  });

  it('drops a Prepare at its expiry and an outcome after the grace', () => {
    const board = new DeliveryBoard();
    board.post(prepare(first), 0);
    board.post(reject(second), 0);
    board.takeOverdue(10_000);
    expect(board.allFor('bob')).toEqual([reject(second)]);
    board.takeOverdue(DELIVERY_GRACE_MS);
    expect(board.size).toBe(0);
  });

  it('forgets what another owner delivers from now on, and nothing else', () => {
    const board = new DeliveryBoard();
    board.post(prepare(), 0);
    board.post({ ...prepare(second), ledgerId: ledgerId('carol') }, 0);
    board.release(new Set(['bob']));
    expect(board.allFor('bob')).toEqual([]);
    expect(board.allFor('carol')).toHaveLength(1);
    expect(board.size).toBe(1);
  });
});
