import { createHash } from 'node:crypto';
import {
  alphaFromBtp,
  authMessage,
  conditionOf,
  CONTENT_TYPE,
  encodeIlp,
  ilpEntry,
  jsonEntry,
  numberRequest,
  octetEntry,
  infoRequest,
  textEntry,
  transferIdText,
  type BtpAlphaPacket,
  type BtpPacket,
  type ProtocolData,
} from '#protocol';
import type { Dice } from './dice';
import { IlpSamples, MOMENTS, SOON } from './ilp-samples';

const TYPES = ['prepare', 'fulfill', 'reject', 'message', 'response', 'error'] as const;
/** Prepares and Messages reach furthest. */
const WEIGHTED: readonly (typeof TYPES)[number][] = [...TYPES, 'prepare', 'prepare', 'message'];
const ERROR_NAMES = ['UnreachableError', 'InvalidFieldsError', 'DuplicateIdError', 'Odd\0Error'];
const ERROR_CODES = ['F00', 'F05', 'T00', '\0\0\0'];
const NAMES = [
  'ilp',
  'custom',
  'ccp',
  'claim',
  'to',
  'from',
  'vouch',
  'auth',
  '',
  '\0',
  '__proto__',
];
const JSONS = [
  '{}',
  '{"method":"broadcast_routes","data":{}}',
  '{"a":',
  '[[[[[[[[',
  '"\\u0000"',
  '1e999',
];
const ID_SIZE = 16;
const HASH_SIZE = 32;
/** The counts at which the count itself, or a length around it, takes another byte. */
const MANY = [60, 127, 128, 255, 256, 1_000];
const MANY_EVERY = 100;
const PREIMAGES = 16;
const PAYABLE_EVERY = 8;

/** What fulfills the conditions of half of the samples. */
export const preimages: readonly Buffer[] = Array.from({ length: PREIMAGES }, (_, index) =>
  createHash('sha256').update(`sample ${index}`).digest(),
);

/** BTP packets of every type with everything that travels in them, before they are broken. */
export class BtpSamples {
  private readonly ilp: IlpSamples;

  constructor(
    private readonly dice: Dice,
    destinations: readonly string[],
  ) {
    this.ilp = new IlpSamples(dice, destinations);
  }

  any(): BtpPacket {
    const { dice } = this;
    if (dice.once(PAYABLE_EVERY)) return this.payable();
    const type = dice.pick(WEIGHTED);
    const requestId = dice.bytes(4).readUInt32BE();
    const frame = { requestId, protocolData: this.protocolData(type) };
    switch (type) {
      case 'response':
      case 'message':
        return { type, ...frame };
      case 'error':
        return { type, ...frame, ...this.errorFields() };
      case 'prepare':
        return { type, ...frame, ...this.prepareFields() };
      case 'fulfill':
        return { type, ...frame, transferId: this.transferId(), fulfillment: this.fulfillment() };
      case 'reject':
        return { type, ...frame, transferId: this.transferId() };
    }
  }

  /** A Prepare that goes its way, if the date that stands for one lies ahead by then. */
  payable(): BtpPacket {
    const { dice } = this;
    return {
      type: 'prepare',
      requestId: 0,
      transferId: this.transferId(),
      amount: 2_100n,
      executionCondition: conditionOf(dice.pick(preimages)),
      expiresAtMs: SOON,
      protocolData: [ilpEntry(encodeIlp(this.ilp.payment(BigInt(1 + dice.roll(2_000)))))],
    };
  }

  /** Of the packets with an inline error, some carry one that is too long for the old codec. */
  alpha(): BtpAlphaPacket {
    const packet = alphaFromBtp(this.any(), {
      account: 'test.open-1.client',
      nowMs: MOMENTS[1] ?? 0,
    });
    if (packet.type !== 'error' && packet.type !== 'reject') return packet;
    return { ...packet, rejectionReason: this.ilp.error() };
  }

  private prepareFields() {
    const { dice } = this;
    const isKnown = dice.once(2);
    return {
      transferId: this.transferId(),
      amount: this.ilp.amount(),
      executionCondition: isKnown ? conditionOf(dice.pick(preimages)) : dice.bytes(HASH_SIZE),
      expiresAtMs: dice.pick(MOMENTS),
    };
  }

  private errorFields() {
    const { dice } = this;
    return {
      code: dice.pick(ERROR_CODES),
      name: dice.pick(ERROR_NAMES),
      triggeredAtMs: dice.pick(MOMENTS),
      data: dice.bytes(dice.roll(dice.once(50) ? 8_193 : 60)),
    };
  }

  private transferId(): string {
    return transferIdText(this.dice.bytes(ID_SIZE));
  }

  private fulfillment(): Buffer {
    return this.dice.once(2) ? this.dice.pick(preimages) : this.dice.bytes(HASH_SIZE);
  }

  private protocolData(type: BtpPacket['type']): ProtocolData[] {
    const { dice } = this;
    if (dice.once(MANY_EVERY)) return this.many();
    if (dice.once(12)) return [];
    if (type !== 'message' && dice.once(2)) return [this.ilpOf(type)];
    if (type === 'message' && dice.once(12))
      return [...authMessage(0, this.ilp.text(), 'guess').protocolData];
    const entries = Array.from({ length: 1 + dice.roll(3) }, () => this.entry());
    // A name that stands there twice: the last one wins, unless it is about credentials.
    const [first] = entries;
    return first !== undefined && dice.once(5) ? [...entries, first] : entries;
  }

  private many(): ProtocolData[] {
    const count = this.dice.pick(MANY);
    const entry = this.entry();
    const small = entry.data.length < 60 ? entry : textEntry('to', 'x');
    return Array.from({ length: count }, () => small);
  }

  private ilpOf(type: BtpPacket['type']): ProtocolData {
    if (type === 'prepare') return ilpEntry(encodeIlp(this.ilp.payment()));
    if (type === 'reject') return ilpEntry(encodeIlp(this.ilp.error()));
    return ilpEntry(this.ilp.encoded());
  }

  private entry(): ProtocolData {
    const { dice } = this;
    switch (dice.roll(9)) {
      case 0:
      case 1:
        return ilpEntry(this.ilp.encoded());
      case 2:
        return infoRequest(dice.once(2) ? 'full' : 'account');
      case 3:
        return numberRequest('balance');
      case 4:
        return numberRequest('limit');
      case 5:
        return jsonEntry('custom', Buffer.from(dice.pick(JSONS)));
      case 6:
        return textEntry(dice.pick(NAMES), this.ilp.text());
      case 7:
        return octetEntry(dice.pick(NAMES), dice.bytes(dice.roll(200)));
      default:
        return {
          ...octetEntry(this.ilp.text(), dice.bytes(dice.roll(9))),
          contentType: this.oddType(),
        };
    }
  }

  private oddType(): number {
    return this.dice.pick([CONTENT_TYPE.json, 3, 127, 128, 255]);
  }
}
