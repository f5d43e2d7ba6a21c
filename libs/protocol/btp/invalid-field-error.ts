import type { UnreadableRule } from '../oer/unreadable-packet-error';

/** What is certain of a packet with a flaw. */
export interface FlawedPacket {
  readonly requestId: number;
  readonly type: 'prepare' | 'reject' | 'error';
}

/**
 * A frame that is whole in form, but in which one field says something impossible, like a
 * timestamp that is none (SPEC §4, §5.4 rule 2). Unlike an unreadable frame it must not be passed
 * over in silence: if `packetType` is a request (`isBtpRequestType`), it is answered with Error
 * F01 InvalidFieldsError for `requestId`; if it is `error`, it still is the answer to `requestId`,
 * a refusal for a reason unknown.
 */
export class InvalidFieldError extends Error {
  override readonly name = 'InvalidFieldError';
  readonly requestId: number;
  readonly packetType: FlawedPacket['type'];

  constructor(
    packet: FlawedPacket,
    readonly field: string,
    readonly rule: UnreadableRule,
  ) {
    super(`${packet.type} without a valid ${field}: ${rule}`);
    this.requestId = packet.requestId;
    this.packetType = packet.type;
  }
}
