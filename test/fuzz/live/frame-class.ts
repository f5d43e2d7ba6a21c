import {
  type BtpPacket,
  type BtpPrepare,
  InvalidFieldError,
  isBtpRequestType,
  UnreadablePacketError,
} from '#protocol';

/** What a frame is, by our own codecs; requests by their type. */
export const FRAME_CLASSES = [
  'text',
  'unreadable',
  'answer',
  'flawed answer',
  'flawed request',
  'prepare',
  'fulfill',
  'reject',
  'message',
] as const;
export type FrameClass = (typeof FRAME_CLASSES)[number];

export interface ClassedFrame {
  readonly frame: Buffer;
  readonly class: FrameClass;
  /** Where it is one. */
  readonly prepare: BtpPrepare | undefined;
}

export function classed(
  frame: Buffer,
  dialect: { readonly decode: (frame: Buffer) => BtpPacket },
): ClassedFrame {
  try {
    const packet = dialect.decode(frame);
    const prepare = packet.type === 'prepare' ? packet : undefined;
    return { frame, class: classOf(packet), prepare };
  } catch (error) {
    return { frame, class: classOfFault(error), prepare: undefined };
  }
}

/** Is the sender told what became of it? */
export function isOwedAnswer(frameClass: FrameClass): boolean {
  return frameClass === 'flawed request' || isBtpRequestType(frameClass);
}

/**
 * Can it have no effect on a ledger that never had a transfer and takes no more than `most` at
 * once, whatever else it says? Only a Prepare of an amount that the ledger would take can.
 */
export function isVoid({ prepare }: ClassedFrame, most: bigint): boolean {
  return prepare === undefined || prepare.amount === 0n || prepare.amount > most;
}

function classOf(packet: BtpPacket): FrameClass {
  return packet.type === 'response' || packet.type === 'error' ? 'answer' : packet.type;
}

function classOfFault(error: unknown): FrameClass {
  if (error instanceof UnreadablePacketError) return 'unreadable';
  if (!(error instanceof InvalidFieldError)) throw error;
  return isBtpRequestType(error.packetType) ? 'flawed request' : 'flawed answer';
}
