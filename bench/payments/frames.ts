import { createHash } from 'node:crypto';
import { encodeBtp, encodeIlp, ilpEntry } from '#protocol';

/*
 * The load generator shares the machine with what it measures, so it writes frames by patching a template and reads
 * them at fixed places; only the template goes through the codec.
 */

const TYPE = { response: 1, error: 2, prepare: 3, fulfill: 4, reject: 5, message: 6 } as const;
const HEADER = 5;
const ID_SIZE = 16;
const AMOUNT_SIZE = 8;
const CONDITION_SIZE = 32;
const INDEX_SIZE = 4;
/** The end of a Prepare: the packet's data, which is our index, and its empty extensions. */
const INDEX_FROM_END = INDEX_SIZE + 1;
const EMPTY_PROTOCOL_DATA = Buffer.from([1, 0]);

export type FrameKind = keyof typeof TYPE;

export function kindOf(frame: Buffer): FrameKind | undefined {
  switch (frame[0]) {
    case TYPE.response:
      return 'response';
    case TYPE.prepare:
      return 'prepare';
    case TYPE.fulfill:
      return 'fulfill';
    case TYPE.error:
      return 'error';
    case TYPE.reject:
      return 'reject';
    case TYPE.message:
      return 'message';
    default:
      return undefined;
  }
}

function contentAt(frame: Buffer): number {
  const first = frame[HEADER] ?? 0;
  return HEADER + 1 + (first < 0x80 ? 0 : first & 0x7f);
}

export function transferIdOf(frame: Buffer): Buffer {
  const at = contentAt(frame);
  return frame.subarray(at, at + ID_SIZE);
}

/** Which payment a Prepare belongs to, however many hops it went: the packet does not change. */
export function indexInPacket(prepare: Buffer): number {
  return prepare.readUInt32BE(prepare.length - INDEX_FROM_END);
}

/** Which payment a frame about one of our own transfers belongs to. */
export function indexInTransferId(frame: Buffer): number {
  return frame.readUInt32BE(contentAt(frame) + ID_SIZE - INDEX_SIZE);
}

export function fulfillmentOf(index: number): Buffer {
  return createHash('sha256').update(`payment ${index}`).digest();
}

export function responseTo(frame: Buffer): Buffer {
  const response = Buffer.from([TYPE.response, 0, 0, 0, 0, 2, ...EMPTY_PROTOCOL_DATA]);
  frame.copy(response, 1, 1, HEADER);
  return response;
}

export function fulfillFrame(requestId: number, transferId: Buffer, fulfillment: Buffer): Buffer {
  const size = ID_SIZE + fulfillment.length + EMPTY_PROTOCOL_DATA.length;
  const frame = Buffer.allocUnsafe(HEADER + 1 + size);
  frame[0] = TYPE.fulfill;
  frame.writeUInt32BE(requestId, 1);
  frame[HEADER] = size;
  transferId.copy(frame, HEADER + 1);
  fulfillment.copy(frame, HEADER + 1 + ID_SIZE);
  EMPTY_PROTOCOL_DATA.copy(frame, HEADER + 1 + ID_SIZE + fulfillment.length);
  return frame;
}

/** Prepares that differ in payment, condition and expiry only. */
export class PrepareFrames {
  private template: Buffer = Buffer.alloc(0);
  private templateUntilMs = 0;

  constructor(
    private readonly order: {
      readonly amount: bigint;
      readonly delivers: bigint;
      readonly to: string;
      readonly expiresInMs: number;
      /** 12 bytes: makes the transfer ids of one run distinct from those of another. */
      readonly run: Buffer;
    },
  ) {}

  frame(index: number): Buffer {
    const now = Date.now();
    if (now >= this.templateUntilMs) {
      this.template = this.encode(now + this.order.expiresInMs);
      this.templateUntilMs = now + 100;
    }
    const frame = Buffer.from(this.template);
    frame.writeUInt32BE(index, 1);
    const content = contentAt(frame);
    this.order.run.copy(frame, content);
    frame.writeUInt32BE(index, content + ID_SIZE - INDEX_SIZE);
    const condition = createHash('sha256').update(fulfillmentOf(index)).digest();
    condition.copy(frame, content + ID_SIZE + AMOUNT_SIZE);
    frame.writeUInt32BE(index, frame.length - INDEX_FROM_END);
    return frame;
  }

  private encode(expiresAtMs: number): Buffer {
    const { amount, delivers, to } = this.order;
    const data = Buffer.alloc(INDEX_SIZE);
    const packet = encodeIlp({ type: 'payment', amount: delivers, account: to, data });
    return encodeBtp({
      type: 'prepare',
      requestId: 0,
      transferId: '00000000-0000-0000-0000-000000000000',
      amount,
      executionCondition: Buffer.alloc(CONDITION_SIZE),
      expiresAtMs,
      protocolData: [ilpEntry(packet)],
    });
  }
}
