import type { OerReader } from '../oer/oer-reader';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import { isAddress } from './address';

/** Reads a length-prefixed address and holds it to the loose check of the wire (D-1). */
export function readAddress(reader: OerReader, field: string): string {
  const address = reader.varText(field);
  if (!isAddress(address)) throw new UnreadablePacketError(field, 'not-an-address');
  return address;
}

/** Our own packets carry no address that we would refuse. */
export function requireAddress(address: string, field: string): void {
  if (!isAddress(address)) throw new UnwritableFieldError(field, 'not-an-address');
}
