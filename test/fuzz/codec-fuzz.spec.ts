import { createHash } from 'node:crypto';
import { CodecFaultError, codecPackets, fuzzCodecs } from './codec-fuzz';
import { CODEC_TARGETS } from './codec-targets';

const PACKETS = 20_000;
const SEED = 7;

const digestOf = (seed: number, packets: number): string => {
  const stream = codecPackets(seed);
  const hash = createHash('sha256');
  for (let index = 0; index < packets; index += 1) hash.update(stream.next().bytes);
  return hash.digest('hex');
};

describe('codecs under broken packets', () => {
  it('read or refuse every one, in every way there is', () => {
    const { mutations, outcomes, memory } = fuzzCodecs(PACKETS, SEED);
    expect(mutations.total).toBe(PACKETS);
    expect(mutations.entries).toHaveLength(16);
    for (const { name } of CODEC_TARGETS) expect(outcomes.get(name)?.total).toBe(PACKETS);
    const types = ['response', 'error', 'prepare', 'fulfill', 'reject', 'message'];
    for (const type of types) {
      expect(outcomes.get('decodeBtp')?.of(`parsed: ${type}`)).toBeGreaterThan(100);
      expect(outcomes.get('decodeBtpAlpha')?.of(`parsed: ${type}`)).toBeGreaterThan(50);
    }
    expect(outcomes.get('decodeIlp')?.of('parsed: payment')).toBeGreaterThan(100);
    expect(outcomes.get('first frame')?.of('refused: NotAcceptedError')).toBeGreaterThan(10);
    expect(memory.end.heap - memory.start.heap).toBeLessThan(32);
  });

  it('are the same for the same seed, and others for another', () => {
    expect(digestOf(SEED, PACKETS)).toBe(digestOf(SEED, PACKETS));
    expect(digestOf(SEED, 100)).not.toBe(digestOf(SEED - 1, 100));
  });

  it('that throw anything else are reported with seed, index and bytes', () => {
    const [target] = CODEC_TARGETS;
    const examine = jest.spyOn(target!, 'examine').mockImplementation((bytes) => {
      if (bytes.length > 40) throw new TypeError('a fault of ours');
      return 'parsed';
    });
    let thrown: unknown;
    try {
      fuzzCodecs(PACKETS, SEED);
    } catch (error) {
      thrown = error;
    } finally {
      examine.mockRestore();
    }
    expect(thrown).toBeInstanceOf(CodecFaultError);
    const [, seed, index, hex] =
      /seed (\d+), packet (\d+), ([0-9a-f]+)$/.exec(String(thrown)) ?? [];
    expect(seed).toBe(String(SEED));
    const stream = codecPackets(SEED);
    for (let skipped = 0; skipped < Number(index); skipped += 1) stream.next();
    expect(stream.next().bytes.toString('hex')).toBe(hex);
    expect(thrown).toHaveProperty('cause.message', 'a fault of ours');
  });
});
