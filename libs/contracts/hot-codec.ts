import { readDelivery, writeDelivery } from './hot-codec-deliveries';
import { readErrand, writeErrand } from './hot-codec-errands';
import { readPlan, writePlan } from './hot-codec-plan';
import { HotCodecReader, UnreadableMessageError } from './hot-codec-reader';
import { HotCodecWriter } from './hot-codec-writer';
import type {
  Answer,
  Delivered,
  HotMessage,
  PeerRefused,
  PlannedPayment,
  PreparePayment,
  ReplyTo,
  SessionCurrent,
} from './hot-messages';

export { UnreadableMessageError } from './hot-codec-reader';

/** First byte of every message; another value is another layout. */
const VERSION = 4;

/** Second byte. The order is the layout: append, never rearrange. */
const KINDS = [
  'prepare-payment',
  'planned-payment',
  'peer-fulfilled',
  'peer-rejected',
  'peer-refused',
  'delivered',
  'session-opened',
  'balance-asked',
  'answer',
  'deliver-prepare',
  'deliver-fulfill',
  'deliver-reject',
  'fulfill-refused',
  'peer-balance',
  'ask-peer-balance',
  'forward-payment',
  'leg-report',
  'leg-answer',
  'payee-answered',
  'session-current',
] as const satisfies readonly HotMessage['kind'][];

const DELIVERED = ['prepare', 'fulfill', 'reject'] as const satisfies readonly Delivered['what'][];

const out = new HotCodecWriter();

/**
 * The bytes of one entry on the batched link: version, kind, fields in the order below. Conditions
 * and fulfillments are 32 bytes, amounts UInt64, transfer ids lower-case UUIDs; anything else throws
 * `RangeError`, as no reader could take it back.
 */
export function encodeHot(message: HotMessage): Buffer {
  out.begin();
  out.uint8(VERSION);
  out.uint8(KINDS.indexOf(message.kind));
  writeMessage(message);
  return out.finish();
}

/**
 * Reads what `encodeHot` wrote. Buffers in the result are slices of `bytes`, and `bytes` is a slice
 * of what came off the socket: copy what is to be kept for long.
 *
 * Throws `UnreadableMessageError` when a byte is missing, left over, or means nothing.
 */
export function decodeHot(bytes: Buffer): HotMessage {
  const input = new HotCodecReader(bytes);
  const version = input.uint8('version');
  if (version !== VERSION) {
    throw new UnreadableMessageError('version', `is ${version}, this build reads ${VERSION}`);
  }
  const message = readMessage(input);
  input.end();
  return message;
}

function writeMessage(message: HotMessage): void {
  switch (message.kind) {
    case 'prepare-payment':
      writeIncoming(message);
      return;
    case 'planned-payment':
      writeIncoming(message);
      writePlan(out, message.plan);
      return;
    case 'peer-fulfilled':
      writeReplyTo(message.replyTo);
      writeTransfer(message);
      out.bytes32(message.fulfillment);
      out.optionalBytes(message.data);
      out.timeMs(message.receivedAtMs);
      return;
    case 'peer-rejected':
      writeReplyTo(message.replyTo);
      writeTransfer(message);
      out.bytes(message.reason);
      out.timeMs(message.receivedAtMs);
      return;
    case 'peer-refused':
      writePeerRefused(message);
      return;
    case 'delivered':
      writeTransfer(message);
      out.uint8(DELIVERED.indexOf(message.what));
      return;
    case 'session-opened':
      out.text(message.ledgerId);
      out.uuid(message.sessionId);
      return;
    case 'session-current':
      out.text(message.ledgerId);
      out.uuid(message.sessionId);
      out.uuid(message.answers);
      return;
    case 'balance-asked':
      writeReplyTo(message.replyTo);
      out.text(message.ledgerId);
      return;
    case 'answer':
      writeAnswer(message);
      return;
    case 'deliver-prepare':
    case 'deliver-fulfill':
    case 'deliver-reject':
      writeDelivery(out, message);
      return;
    case 'fulfill-refused':
      writeTransfer(message);
      out.text(message.error);
      out.text(message.message);
      out.timeMs(message.receivedAtMs);
      return;
    case 'peer-balance':
      out.text(message.ledgerId);
      out.uint32(message.reference);
      out.int128(message.balance);
      return;
    case 'ask-peer-balance':
      out.text(message.ledgerId);
      out.uint32(message.reference);
      return;
    default:
      writeErrand(out, message);
  }
}

function readMessage(input: HotCodecReader): HotMessage {
  const tag = input.uint8('kind');
  const kind = KINDS[tag];
  switch (kind) {
    case 'prepare-payment':
      return readPreparePayment(input);
    case 'planned-payment':
      return readPlannedPayment(input);
    case 'peer-fulfilled':
      return {
        kind,
        replyTo: readReplyTo(input),
        ledgerId: input.text('ledgerId'),
        transferId: input.uuid('transferId'),
        fulfillment: input.bytes32('fulfillment'),
        data: input.optionalBytes('data'),
        receivedAtMs: input.timeMs('receivedAtMs'),
      };
    case 'peer-rejected':
      return {
        kind,
        replyTo: readReplyTo(input),
        ledgerId: input.text('ledgerId'),
        transferId: input.uuid('transferId'),
        reason: input.bytes('reason'),
        receivedAtMs: input.timeMs('receivedAtMs'),
      };
    case 'peer-refused':
      return readPeerRefused(input);
    case 'delivered':
      return readDelivered(input);
    case 'session-opened':
      return { kind, ledgerId: input.text('ledgerId'), sessionId: input.uuid('sessionId') };
    case 'session-current':
      return readSessionCurrent(input);
    case 'balance-asked':
      return { kind, replyTo: readReplyTo(input), ledgerId: input.text('ledgerId') };
    case 'answer':
      return readAnswer(input);
    case 'deliver-prepare':
    case 'deliver-fulfill':
    case 'deliver-reject':
      return readDelivery(input, kind);
    case 'fulfill-refused':
      return {
        kind,
        ledgerId: input.text('ledgerId'),
        transferId: input.uuid('transferId'),
        error: input.text('error'),
        message: input.text('message'),
        receivedAtMs: input.timeMs('receivedAtMs'),
      };
    case 'peer-balance':
      return {
        kind,
        ledgerId: input.text('ledgerId'),
        reference: input.uint32('reference'),
        balance: input.int128('balance'),
      };
    case 'ask-peer-balance':
      return { kind, ledgerId: input.text('ledgerId'), reference: input.uint32('reference') };
    case undefined:
      throw new UnreadableMessageError('kind', `${tag} is not known`);
    default:
      return readErrand(input, kind);
  }
}

type Incoming = PreparePayment | PlannedPayment;

function writeIncoming(message: Incoming): void {
  writeReplyTo(message.replyTo);
  writeTransfer(message);
  out.uint64(message.amount);
  out.bytes32(message.condition);
  out.timeMs(message.expiresAtMs);
  out.timeMs(message.receivedAtMs);
  out.bytes(message.packet);
  out.uint8(message.sideDataDigest === null ? 0 : 1);
  if (message.sideDataDigest !== null) out.bytes32(message.sideDataDigest);
  out.optionalBytes(message.sideData ?? null);
}

/* The fields are spelled out twice: spreading a shared part costs a third of the whole decoding. */

function readPreparePayment(input: HotCodecReader): PreparePayment {
  return {
    kind: 'prepare-payment',
    replyTo: readReplyTo(input),
    ledgerId: input.text('ledgerId'),
    transferId: input.uuid('transferId'),
    amount: input.uint64('amount'),
    condition: input.bytes32('condition'),
    expiresAtMs: input.timeMs('expiresAtMs'),
    receivedAtMs: input.timeMs('receivedAtMs'),
    packet: input.bytes('packet'),
    sideDataDigest: input.present('sideDataDigest') ? input.bytes32('sideDataDigest') : null,
    sideData: input.optionalBytes('sideData') ?? undefined,
  };
}

function readPlannedPayment(input: HotCodecReader): PlannedPayment {
  return {
    kind: 'planned-payment',
    replyTo: readReplyTo(input),
    ledgerId: input.text('ledgerId'),
    transferId: input.uuid('transferId'),
    amount: input.uint64('amount'),
    condition: input.bytes32('condition'),
    expiresAtMs: input.timeMs('expiresAtMs'),
    receivedAtMs: input.timeMs('receivedAtMs'),
    packet: input.bytes('packet'),
    sideDataDigest: input.present('sideDataDigest') ? input.bytes32('sideDataDigest') : null,
    sideData: input.optionalBytes('sideData') ?? undefined,
    plan: readPlan(input),
  };
}

function writePeerRefused(message: PeerRefused): void {
  writeReplyTo(message.replyTo);
  writeTransfer(message);
  out.text(message.error);
  out.text(message.message);
  out.timeMs(message.receivedAtMs);
}

function readPeerRefused(input: HotCodecReader): PeerRefused {
  return {
    kind: 'peer-refused',
    replyTo: readReplyTo(input),
    ledgerId: input.text('ledgerId'),
    transferId: input.uuid('transferId'),
    error: input.text('error'),
    message: input.text('message'),
    receivedAtMs: input.timeMs('receivedAtMs'),
  };
}

function readSessionCurrent(input: HotCodecReader): SessionCurrent {
  return {
    kind: 'session-current',
    ledgerId: input.text('ledgerId'),
    sessionId: input.uuid('sessionId'),
    answers: input.uuid('answers'),
  };
}

function readDelivered(input: HotCodecReader): Delivered {
  const ledgerId = input.text('ledgerId');
  const transferId = input.uuid('transferId');
  const tag = input.uint8('what');
  const what = DELIVERED[tag];
  if (what === undefined) throw new UnreadableMessageError('what', `${tag} is not known`);
  return { kind: 'delivered', ledgerId, transferId, what };
}

function writeAnswer(message: Answer): void {
  const { error, balance } = message;
  out.uint32(message.reference);
  out.uint8(error === null ? 0 : 1);
  if (error !== null) {
    out.text(error.name);
    out.text(error.message);
  }
  out.uint8(balance === null ? 0 : 1);
  if (balance === null) return;
  out.int128(balance.balance);
  out.uint8(balance.maxBalance === null ? 0 : 1);
  if (balance.maxBalance !== null) out.int128(balance.maxBalance);
}

function readAnswer(input: HotCodecReader): Answer {
  const reference = input.uint32('reference');
  const error = input.present('error')
    ? { name: input.text('error.name'), message: input.text('error.message') }
    : null;
  const balance = input.present('balance')
    ? {
        balance: input.int128('balance'),
        maxBalance: input.present('maxBalance') ? input.int128('maxBalance') : null,
      }
    : null;
  return { kind: 'answer', reference, error, balance };
}

function writeReplyTo(replyTo: ReplyTo): void {
  out.text(replyTo.gatewayId);
  out.uint32(replyTo.reference);
}

function readReplyTo(input: HotCodecReader): ReplyTo {
  return {
    gatewayId: input.text('replyTo.gatewayId'),
    reference: input.uint32('replyTo.reference'),
  };
}

function writeTransfer(message: { readonly ledgerId: string; readonly transferId: string }): void {
  out.text(message.ledgerId);
  out.uuid(message.transferId);
}
