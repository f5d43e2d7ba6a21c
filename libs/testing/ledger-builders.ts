import { createHash } from 'node:crypto';
import {
  type LedgerId,
  ledgerId,
  type LedgerOpened,
  type PrepareTransfer,
  type TransferId,
  transferId,
  type TransferPrepared,
  type TransferProposed,
} from '#domain/ledger';
import { conditionOf, encodeIlp } from '#protocol';

/** The moment at which tests take place unless they say otherwise. */
export const NOON_MS = Date.parse('2017-08-28T12:00:00.000Z');

/** A ledger of ours with an unlimited balance, unless told otherwise. */
export function ledgerOpened(change: Partial<LedgerOpened> = {}): LedgerOpened {
  return {
    type: 'LedgerOpened',
    prefix: 'test.alice.',
    currencyCode: 'USD',
    currencyScale: 9,
    account: 'server',
    peerAccount: 'client',
    authority: 'admin',
    limits: { maxBalance: null, minBalance: null },
    ...change,
  };
}

export function aLedgerId(name = 'alice'): LedgerId {
  return ledgerId(name);
}

/** The same number always names the same transfer. */
export function aTransferId(number = 1): TransferId {
  return transferId(`b4c838f6-80b1-47f8-a82e-${number.toString(16).padStart(12, '0')}`);
}

/** A secret and its hash; the same number always gives the same pair. */
export function aPreimage(number = 1): { fulfillment: Buffer; condition: Buffer } {
  const fulfillment = createHash('sha256').update(`preimage ${number}`).digest();
  return { fulfillment, condition: conditionOf(fulfillment) };
}

/** An ILP payment to somebody behind bob. */
export function anIlpPayment(amount = 100n): Buffer {
  return encodeIlp({
    type: 'payment',
    amount,
    account: 'test.bob.client.x',
    data: Buffer.alloc(0),
  });
}

/** 100 units from the peer, due in ten seconds, condition of `aPreimage(1)`. */
export function anIncoming(change: Partial<PrepareTransfer> = {}): PrepareTransfer {
  return {
    transferId: aTransferId(1),
    direction: 'incoming',
    amount: 100n,
    condition: aPreimage(1).condition,
    expiresAtMs: NOON_MS + 10_000,
    packet: anIlpPayment(),
    sideDataDigest: null,
    ...change,
  };
}

/** 100 units to the peer, due in nine seconds, condition of `aPreimage(1)`. */
export function anOutgoing(change: Partial<PrepareTransfer> = {}): PrepareTransfer {
  return anIncoming({ direction: 'outgoing', expiresAtMs: NOON_MS + 9_000, ...change });
}

/** The event that such a Prepare comes to. */
export function transferPrepared(prepare: PrepareTransfer): TransferPrepared {
  return { type: 'TransferPrepared', ...prepare };
}

/** The event that such a Prepare of ours comes to on a ledger that another decides. */
export function transferProposed(prepare: PrepareTransfer): TransferProposed {
  const {
    cause,
    order,
    transferId: id,
    amount,
    condition,
    expiresAtMs,
    packet,
    sideDataDigest,
  } = prepare;
  const terms = { transferId: id, amount, condition, expiresAtMs, packet, sideDataDigest };
  return {
    type: 'TransferProposed',
    direction: 'outgoing',
    ...terms,
    ...(cause && { cause }),
    ...(order && { order }),
  };
}
