import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BtpPrepare, decodeBtp, encodeBtp, InvalidFieldError } from '#protocol';
import { BTP_1_0 } from '../../../apps/btp-gateway/src/sessions/btp-dialect';
import { makeCorpus } from '../corpus';
import { Dice } from '../dice';
import { SOON } from '../ilp-samples';
import { Tally } from '../tally';
import { DESTINATIONS, QUIET_LIMIT } from './cast';
import { classed, FRAME_CLASSES, isOwedAnswer, isVoid } from './frame-class';
import { FrameSource, type FrameSourceOptions } from './frame-source';
import { judgeLog } from './gateway-watch';
import { madeCurrent } from './made-current';

const FRAMES = 5_000;

function prepare(change: Partial<BtpPrepare> = {}): Buffer {
  return encodeBtp({
    type: 'prepare',
    requestId: 1,
    transferId: randomUUID(),
    amount: 1n,
    executionCondition: Buffer.alloc(32),
    expiresAtMs: SOON,
    protocolData: [],
    ...change,
  });
}

describe('the frames of a sender', () => {
  const corpusOf = (seed: number) =>
    makeCorpus(new Dice(seed), { size: 500, destinations: DESTINATIONS, vectors: false });

  const digestOf = (change: Partial<FrameSourceOptions>): string => {
    const seed = change.seed ?? 1;
    const version = 'BTP/1.0';
    const source = new FrameSource({ corpus: corpusOf(seed), seed, sender: 1, version, ...change });
    const hash = createHash('sha256');
    for (let index = 0; index < FRAMES; index += 1) {
      const { bytes, form } = source.next();
      hash.update(form).update(bytes);
    }
    return hash.digest('hex');
  };

  it('are the same for the same seed', () => {
    expect(digestOf({})).toBe(digestOf({}));
  });

  it.each<[string, Partial<FrameSourceOptions>]>([
    ['seed', { seed: 2 }],
    ['sender', { sender: 2 }],
    ['version', { version: 'BTP/alpha' }],
  ])('differ with the %s', (_, change) => {
    expect(digestOf(change)).not.toBe(digestOf({}));
  });

  it('are of every class', () => {
    const source = new FrameSource({
      corpus: corpusOf(1),
      seed: 1,
      sender: 1,
      version: 'BTP/1.0',
    });
    const classes = new Set<string>(['text']);
    for (let index = 0; index < FRAMES; index += 1) {
      classes.add(classed(source.next().bytes, BTP_1_0).class);
    }
    expect([...classes].sort()).toEqual([...FRAME_CLASSES].sort());
  });
});

describe('what a frame may come to', () => {
  it.each<[string, Buffer, boolean]>([
    ['a Prepare of 1', prepare(), false],
    ['a Prepare of the limit', prepare({ amount: QUIET_LIMIT }), false],
    ['a Prepare beyond it', prepare({ amount: QUIET_LIMIT + 1n }), true],
    ['a Prepare of 0', prepare({ amount: 0n }), true],
    ['half a Prepare', prepare().subarray(0, 60), true],
  ])('%s', (_, frame, isHarmless) => {
    expect(isVoid(classed(frame, BTP_1_0), QUIET_LIMIT)).toBe(isHarmless);
  });

  it('a flawed request is owed an answer, and what cannot be read is not', () => {
    const flawed = prepare();
    flawed[flawed.indexOf('2099')] = 0x41;
    expect(() => decodeBtp(flawed)).toThrow(InvalidFieldError);
    expect(isOwedAnswer(classed(flawed, BTP_1_0).class)).toBe(true);
    expect(isOwedAnswer(classed(flawed.subarray(1), BTP_1_0).class)).toBe(false);
  });

  it('the date that stands for one becomes one that lies ahead, and nothing else changes', () => {
    const before = prepare();
    const beganMs = Date.now();
    const after = decodeBtp(madeCurrent(before, 77)) as BtpPrepare;
    expect(after.requestId).toBe(77);
    expect(after.expiresAtMs - beganMs).toBeGreaterThan(0);
    expect(after.expiresAtMs - Date.now()).toBeLessThan(10_000);
    expect({ ...after, requestId: 1, expiresAtMs: SOON }).toEqual(decodeBtp(before));
    expect(madeCurrent(Buffer.from('0102', 'hex'), 77).toString('hex')).toBe('0102');
  });
});

describe('the log of a connector under fire', () => {
  const directory = mkdtempSync(join(tmpdir(), 'causeway-fuzz-'));

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('may hold warnings, but no error and no last words', () => {
    const file = join(directory, 'connector.log');
    const lines = [
      'causeway: bus: nats-server',
      '{"level":"info","service":"ledger","msg":"ready"}',
      '{"level":"warn","service":"ledger","msg":"late"}',
      '{"level":"error","service":"btp-gateway","msg":"a request failed"}',
      '{"level":"error","service":"btp-gateway","msg":"a request failed"}',
      'FATAL ERROR: Reached heap limit Allocation failed',
    ];
    writeFileSync(file, lines.join('\n'));
    const warnings = new Tally();
    const violations: string[] = [];
    judgeLog(file, warnings, (violation) => violations.push(violation));
    expect(warnings.entries).toEqual([
      ['btp-gateway, error: a request failed', 2],
      ['ledger, warn: late', 1],
    ]);
    expect(violations).toHaveLength(2);
  });
});
