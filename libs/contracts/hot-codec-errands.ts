import { type HotCodecReader, UnreadableMessageError } from './hot-codec-reader';
import type { HotCodecWriter } from './hot-codec-writer';
import type {
  Errand,
  ForwardPayment,
  HotLeg,
  HotLegName,
  LegAnswer,
  LegReport,
} from './hot-messages';

/** One byte each. The order is the layout: append, never rearrange. */
const LEGS = [
  'open',
  'refused',
  'fulfilled',
  'rolled-back',
] as const satisfies readonly HotLeg['kind'][];
const VERDICTS = [
  'proceed',
  'withdraw',
  'settled',
  'lost',
] as const satisfies readonly LegAnswer['verdict'][];

/** What the owners of ledgers tell each other; version and kind are written before it. */
export function writeErrand(out: HotCodecWriter, message: Errand): void {
  writeName(out, message);
  switch (message.kind) {
    case 'forward-payment':
      out.uint64(message.amount);
      out.bytes32(message.condition);
      out.timeMs(message.expiresAtMs);
      out.bytes(message.packet);
      out.optionalBytes(message.sideData ?? null);
      writeName(out, message.cause);
      out.uint64(message.cause.amount);
      out.uint32(message.reference);
      return;
    case 'leg-report':
      writeName(out, message.outgoing);
      out.uint32(message.reference);
      writeLeg(out, message.leg);
      return;
    case 'leg-answer':
      out.uint8(VERDICTS.indexOf(message.verdict));
      return;
    case 'payee-answered':
      return;
  }
}

/** @throws UnreadableMessageError */
export function readErrand(input: HotCodecReader, kind: Errand['kind']): Errand {
  switch (kind) {
    case 'forward-payment':
      return readForwardPayment(input);
    case 'leg-report':
      return readLegReport(input);
    case 'leg-answer':
      return {
        kind,
        ledgerId: input.text('ledgerId'),
        transferId: input.uuid('transferId'),
        verdict: known(VERDICTS, input.uint8('verdict'), 'verdict'),
      };
    case 'payee-answered':
      return { kind, ledgerId: input.text('ledgerId'), transferId: input.uuid('transferId') };
  }
}

function readForwardPayment(input: HotCodecReader): ForwardPayment {
  return {
    kind: 'forward-payment',
    ledgerId: input.text('ledgerId'),
    transferId: input.uuid('transferId'),
    amount: input.uint64('amount'),
    condition: input.bytes32('condition'),
    expiresAtMs: input.timeMs('expiresAtMs'),
    packet: input.bytes('packet'),
    sideData: input.optionalBytes('sideData') ?? undefined,
    cause: {
      ledgerId: input.text('cause.ledgerId'),
      transferId: input.uuid('cause.transferId'),
      amount: input.uint64('cause.amount'),
    },
    reference: input.uint32('reference'),
  };
}

function readLegReport(input: HotCodecReader): LegReport {
  return {
    kind: 'leg-report',
    ledgerId: input.text('ledgerId'),
    transferId: input.uuid('transferId'),
    outgoing: {
      ledgerId: input.text('outgoing.ledgerId'),
      transferId: input.uuid('outgoing.transferId'),
    },
    reference: input.uint32('reference'),
    leg: readLeg(input),
  };
}

function writeLeg(out: HotCodecWriter, leg: HotLeg): void {
  out.uint8(LEGS.indexOf(leg.kind));
  switch (leg.kind) {
    case 'open':
      out.uint8(leg.awaitsRelease ? 1 : 0);
      out.uint8(leg.awaitsAuthority ? 1 : 0);
      return;
    case 'refused':
      out.text(leg.code);
      out.text(leg.triggeredBy);
      out.text(leg.message);
      return;
    case 'fulfilled':
      out.bytes32(leg.fulfillment);
      out.optionalBytes(leg.data);
      out.timeMs(leg.receivedAtMs);
      return;
    case 'rolled-back':
      out.bytes(leg.reason);
      return;
  }
}

function readLeg(input: HotCodecReader): HotLeg {
  const kind = known(LEGS, input.uint8('leg'), 'leg');
  switch (kind) {
    case 'open':
      return {
        kind,
        awaitsRelease: input.present('leg.awaitsRelease'),
        awaitsAuthority: input.present('leg.awaitsAuthority'),
      };
    case 'refused':
      return {
        kind,
        code: input.text('leg.code'),
        triggeredBy: input.text('leg.triggeredBy'),
        message: input.text('leg.message'),
      };
    case 'fulfilled':
      return {
        kind,
        fulfillment: input.bytes32('leg.fulfillment'),
        data: input.optionalBytes('leg.data'),
        receivedAtMs: input.timeMs('leg.receivedAtMs'),
      };
    case 'rolled-back':
      return { kind, reason: input.bytes('leg.reason') };
  }
}

function writeName(out: HotCodecWriter, { ledgerId, transferId }: HotLegName): void {
  out.text(ledgerId);
  out.uuid(transferId);
}

function known<Value>(values: readonly Value[], tag: number, field: string): Value {
  const value = values[tag];
  if (value === undefined) throw new UnreadableMessageError(field, `${tag} is not known`);
  return value;
}
