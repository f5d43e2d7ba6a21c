import type { TransferStatus } from '#domain/ledger';
import type { Leg, LegLink } from './leg';

/** Size of every record, bytes: what a log of millions of transfers is spilled in. */
export const LEG_RECORD_BYTES = 160;

const STATUSES: Readonly<Record<TransferStatus, number>> = {
  proposed: 0,
  prepared: 1,
  submitted: 2,
  fulfilled: 3,
  rejected: 4,
  expired: 5,
};
const LINKS = ['none', 'refuse', 'forward', 'cause', 'ordered'] as const;
const DIGEST_BYTES = 32;
const NO_DIGEST = Buffer.alloc(DIGEST_BYTES);

/** A record that this codec never wrote: the spilled file is damaged. */
export class DamagedRecordError extends Error {
  override readonly name = 'DamagedRecordError';
}

/**
 * Packs legs into records of one size. Names of ledgers, which repeat, become numbers; they are
 * kept here, so a record can be read by the codec that wrote it only.
 */
export class LegCodec {
  private readonly numbers = new Map<string, number>();
  private readonly names: string[] = [];

  /** Writes all of `record`, which is one record long. `tag` is a byte for the caller's own use. */
  encode(leg: Leg, tag: number, record: Buffer): void {
    record.fill(0);
    record.writeUInt8(tag, 0);
    record.writeUInt8(leg.direction === 'incoming' ? 0 : 1, 1);
    record.writeUInt8(STATUSES[leg.status], 2);
    record.writeUInt8(LINKS.indexOf(leg.link.kind), 3);
    record.writeUInt32BE(this.numberOf(leg.ledger), 4);
    writeUuid(record, leg.transfer, 8);
    record.writeBigUInt64BE(leg.amount, 24);
    record.writeDoubleBE(leg.expiresAtMs, 32);
    record.writeDoubleBE(leg.beganVersion, 40);
    record.writeDoubleBE(leg.lastVersion, 48);
    leg.condition.copy(record, 56);
    record.writeUInt8(leg.packetDigest === null ? 0 : 1, 88);
    (leg.packetDigest ?? NO_DIGEST).copy(record, 89);
    this.writeLink(record, leg.link);
  }

  /** @throws DamagedRecordError */
  decode(record: Buffer): { readonly leg: Leg; readonly tag: number } {
    const leg: Leg = {
      ledger: this.nameOf(record.readUInt32BE(4)),
      transfer: readUuid(record, 8),
      direction: record.readUInt8(1) === 0 ? 'incoming' : 'outgoing',
      status: statusOf(record.readUInt8(2)),
      amount: record.readBigUInt64BE(24),
      condition: Buffer.from(record.subarray(56, 88)),
      expiresAtMs: record.readDoubleBE(32),
      beganVersion: record.readDoubleBE(40),
      lastVersion: record.readDoubleBE(48),
      packetDigest:
        record.readUInt8(88) === 0 ? null : Buffer.from(record.subarray(89, 89 + DIGEST_BYTES)),
      link: this.readLink(record),
    };
    return { leg, tag: record.readUInt8(0) };
  }

  private writeLink(record: Buffer, link: LegLink): void {
    if (isLone(link)) return;
    record.writeUInt32BE(this.numberOf(link.ledger), 121);
    writeUuid(record, link.transfer, 125);
    record.writeBigUInt64BE(link.amount, 141);
    if (link.kind === 'forward') record.writeDoubleBE(link.expiresAtMs, 149);
  }

  private readLink(record: Buffer): LegLink {
    const kind = LINKS[record.readUInt8(3)];
    if (kind === undefined) throw new DamagedRecordError('unknown kind of link');
    if (kind === 'none' || kind === 'refuse' || kind === 'ordered') return { kind };
    const named = {
      ledger: this.nameOf(record.readUInt32BE(121)),
      transfer: readUuid(record, 125),
      amount: record.readBigUInt64BE(141),
    };
    if (kind === 'cause') return { kind, ...named };
    return { kind, ...named, expiresAtMs: record.readDoubleBE(149) };
  }

  private numberOf(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    const number = this.names.push(name) - 1;
    this.numbers.set(name, number);
    return number;
  }

  private nameOf(number: number): string {
    const name = this.names[number];
    if (name === undefined) throw new DamagedRecordError(`ledger number ${number} is not known`);
    return name;
  }
}

/** Names it no other leg? */
function isLone(link: LegLink): link is Extract<LegLink, { kind: 'none' | 'refuse' | 'ordered' }> {
  return link.kind === 'none' || link.kind === 'refuse' || link.kind === 'ordered';
}

function statusOf(code: number): TransferStatus {
  for (const [status, known] of Object.entries(STATUSES)) {
    if (known === code && isStatus(status)) return status;
  }
  throw new DamagedRecordError(`status ${code} is not known`);
}

function isStatus(text: string): text is TransferStatus {
  return Object.hasOwn(STATUSES, text);
}

function writeUuid(record: Buffer, uuid: string, offset: number): void {
  record.write(uuid.replaceAll('-', ''), offset, 'hex');
}

function readUuid(record: Buffer, offset: number): string {
  const hex = record.toString('hex', offset, offset + 16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
