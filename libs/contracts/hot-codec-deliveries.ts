import type { HotCodecReader } from './hot-codec-reader';
import type { HotCodecWriter } from './hot-codec-writer';
import type { Delivery } from './hot-messages';

/** What owners hand to whoever holds a peer's session; version and kind are written before it. */
export function writeDelivery(out: HotCodecWriter, message: Delivery): void {
  out.text(message.ledgerId);
  out.uuid(message.transferId);
  switch (message.kind) {
    case 'deliver-prepare':
      out.uint64(message.amount);
      out.bytes32(message.condition);
      out.timeMs(message.expiresAtMs);
      out.bytes(message.packet);
      out.optionalBytes(message.sideData ?? null);
      out.uint8(message.isRepeated ? 1 : 0);
      return;
    case 'deliver-fulfill':
      out.bytes32(message.fulfillment);
      out.optionalBytes(message.data);
      out.timeMs(message.expiresAtMs);
      return;
    case 'deliver-reject':
      out.bytes(message.reason);
      return;
  }
}

/** @throws UnreadableMessageError */
export function readDelivery(input: HotCodecReader, kind: Delivery['kind']): Delivery {
  switch (kind) {
    case 'deliver-prepare':
      return {
        kind,
        ledgerId: input.text('ledgerId'),
        transferId: input.uuid('transferId'),
        amount: input.uint64('amount'),
        condition: input.bytes32('condition'),
        expiresAtMs: input.timeMs('expiresAtMs'),
        packet: input.bytes('packet'),
        sideData: input.optionalBytes('sideData') ?? undefined,
        isRepeated: input.present('isRepeated'),
      };
    case 'deliver-fulfill':
      return {
        kind,
        ledgerId: input.text('ledgerId'),
        transferId: input.uuid('transferId'),
        fulfillment: input.bytes32('fulfillment'),
        data: input.optionalBytes('data'),
        expiresAtMs: input.timeMs('expiresAtMs'),
      };
    case 'deliver-reject':
      return {
        kind,
        ledgerId: input.text('ledgerId'),
        transferId: input.uuid('transferId'),
        reason: input.bytes('reason'),
      };
  }
}
