import { type BtpPrepare, type BtpRequest, conditionOf, encodeIlp, ilpEntry } from '#protocol';
import type { BtpDialect } from '../../../apps/btp-gateway/src/sessions/btp-dialect';
import { preimages } from '../btp-samples';
import { Dice } from '../dice';
import { IlpSamples } from '../ilp-samples';
import { Mutator } from '../mutator';
import { REACTION_IDS } from './known-peer';

const HEADER_SIZE = 5;
const MOST_REACTIONS = 0x7000_0000;
const HASH_SIZE = 32;

const preimageOf = new Map(preimages.map((bytes) => [conditionOf(bytes).toString('hex'), bytes]));

/**
 * What a receiver does with the money that reaches it: pays, tries to, gives up, says nothing, or
 * sends one of these in pieces.
 */
export class Reactions {
  private readonly dice: Dice;
  private readonly ilp: IlpSamples;
  private made = 0;

  constructor(
    private readonly dialect: BtpDialect,
    seed: number,
  ) {
    this.dice = new Dice(seed);
    this.ilp = new IlpSamples(this.dice, ['test.open-1.client']);
  }

  to(request: BtpRequest): Buffer[] {
    if (request.type !== 'prepare') return [];
    const { dice } = this;
    switch (dice.roll(8)) {
      case 0:
        return [];
      case 1:
        return [this.fulfill(request, dice.bytes(HASH_SIZE)), this.fulfill(request)];
      case 2:
      case 3:
        return [this.reject(request)];
      case 4:
        return [this.broken(this.fulfill(request)), this.broken(this.reject(request))];
      case 5:
        return [this.fulfill(request), this.reject(request), this.fulfill(request)];
      default:
        return [this.fulfill(request)];
    }
  }

  private fulfill({ transferId, executionCondition }: BtpPrepare, wrong?: Buffer): Buffer {
    const { dice } = this;
    const known = preimageOf.get(executionCondition.toString('hex'));
    const fulfillment = wrong ?? known ?? dice.bytes(HASH_SIZE);
    const protocolData = dice.once(2) ? [] : [ilpEntry(this.ilp.encoded())];
    return this.dialect.encode({
      ...this.next(),
      type: 'fulfill',
      transferId,
      fulfillment,
      protocolData,
    });
  }

  private reject({ transferId }: BtpPrepare): Buffer {
    const protocolData = this.dice.once(4)
      ? [ilpEntry(this.ilp.encoded())]
      : [ilpEntry(encodeIlp(this.ilp.error()))];
    return this.dialect.encode({ ...this.next(), type: 'reject', transferId, protocolData });
  }

  private broken(frame: Buffer): Buffer {
    const { bytes } = new Mutator(this.dice, HEADER_SIZE, [frame]).next();
    const copy = Buffer.from(bytes);
    if (copy.length >= HEADER_SIZE) copy.writeUInt32BE(this.next().requestId, 1);
    return copy;
  }

  private next(): { requestId: number } {
    this.made = (this.made + 1) % MOST_REACTIONS;
    return { requestId: REACTION_IDS + this.made };
  }
}
