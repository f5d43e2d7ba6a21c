import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { headText, publicKeyOf, publicKeyText, signText } from '#domain/audit';
import type { RecordedEvent } from '#eventsourcing';
import { aMove, aSetup, NetworkPlayer } from '#testing';
import { freshDirectory } from '../../../../test/support/fresh-directory';
import { recordedStory } from '../../test/recorded-story';
import { auditExport, type ExportAuditOptions } from './export-audit';
import {
  EXPORT_FORMAT,
  EXPORT_VERSION,
  eventLine,
  type Manifest,
  readEventLine,
  trailerLine,
  trailerText,
} from './export-format';
import { ExportFaultError } from './export-lines';
import { writeExport } from './export-writer';

const { privateKey } = generateKeyPairSync('ed25519');
const key = publicKeyOf(privateKey);
const stranger = generateKeyPairSync('ed25519').privateKey;
const folder = freshDirectory();

const player = new NetworkPlayer([
  { authority: 'admin', limits: { maxBalance: 500n, minBalance: -500n } },
  { authority: 'admin', limits: { maxBalance: null, minBalance: null } },
  { authority: 'shadow', limits: { maxBalance: null, minBalance: null } },
]);
for (const payment of [0, 1, 2]) {
  player.play({
    ...{ kind: 'accept', from: 0, payment, to: 1, amount: 40, forwarded: 39 },
    ...{ holdMs: 9_000, windowMs: 1_000, isRefused: payment === 2 },
  });
  if (payment === 0) player.play({ kind: 'fulfill', which: 0, lagMs: 0, isWrong: false });
}
const events = byLedger(recordedStory(player.network.log));

function byLedger(log: readonly RecordedEvent[]): RecordedEvent[] {
  return [...log].sort((one, other) =>
    one.ledgerId === other.ledgerId
      ? one.version - other.version
      : one.ledgerId < other.ledgerId
        ? -1
        : 1,
  );
}

function manifestOf(log: readonly RecordedEvent[], change: Partial<Manifest> = {}): Manifest {
  const ids = [...new Set(log.map(({ ledgerId }) => ledgerId))];
  const ledgers = ids.map((ledger): Manifest['ledgers'][number] => {
    const own = log.filter(({ ledgerId }) => ledgerId === ledger);
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) throw new Error('no events');
    const { version, hash } = last;
    const claim = {
      connector: 'test.causeway',
      ledgerId: ledger,
      version,
      hash,
      signedAtMs: 5_000,
    };
    return {
      ledger,
      partition: first.partition,
      firstVersion: first.version,
      lastVersion: version,
      previousHash: first.previousHash.toString('hex'),
      lastHash: hash.toString('hex'),
      events: own.length,
      signedHead: {
        version,
        hash: hash.toString('hex'),
        signedAt: new Date(5_000).toISOString(),
        key: key.id,
        signature: signText(headText(claim), privateKey).toString('base64'),
        publicKey: publicKeyText(key),
      },
    };
  });
  return {
    format: EXPORT_FORMAT,
    formatVersion: EXPORT_VERSION,
    software: { name: 'causeway', version: '0.0.0' },
    connector: 'test.causeway',
    partitions: 64,
    created: '2026-01-31T12:00:00.000Z',
    complete: true,
    range: 'whole',
    events: log.length,
    ledgers,
    publicKey: publicKeyText(key),
    ...change,
  };
}

async function exported(name = 'log.ndjson', log: readonly RecordedEvent[] = events) {
  const file = join(folder.path, name);
  await writeExport(file, { manifest: manifestOf(log), events: log, key: privateKey });
  return file;
}

const auditIt = (file: string, options: Partial<ExportAuditOptions> = {}) =>
  auditExport(file, { pinned: [], ...options });

/** The fault of a file, without its name. */
async function faultOf(file: string, options: Partial<ExportAuditOptions> = {}) {
  try {
    await auditIt(file, options);
  } catch (error) {
    if (!(error instanceof ExportFaultError)) throw error;
    const { line, rule, expected, found } = error;
    return { line, rule, expected, found };
  }
  throw new Error('there was no fault');
}

/** The file with its lines changed; on request with a digest and a signature that fit again. */
async function tampered(
  change: (lines: string[]) => string[],
  resign: boolean | typeof stranger = false,
): Promise<string> {
  const file = await exported();
  const lines = change(readFileSync(file, 'utf8').trimEnd().split('\n'));
  if (resign !== false) {
    const body = lines.slice(0, -1);
    const sha256 = createHash('sha256')
      .update(body.map((line) => `${line}\n`).join(''))
      .digest('hex');
    const proof = { lines: body.length, sha256 };
    const signer = resign === true ? privateKey : resign;
    const signature = signText(trailerText(proof), signer).toString('base64');
    lines[lines.length - 1] = trailerLine({ ...proof, key: publicKeyOf(signer).id, signature });
  }
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

const replaced = (lines: string[], at: number, text: string, by: string): string[] => {
  const line = lines[at] ?? '';
  if (!line.includes(text)) throw new Error(`line ${at + 1} has no ${text}`);
  return lines.with(at, line.replace(text, by));
};

describe.each(['log.ndjson', 'log.ndjson.gz'])('an export as %s', (name) => {
  test('proves itself and gives balances', async () => {
    const { report, manifest } = await auditIt(await exported(name));
    expect(manifest).toEqual(manifestOf(events));
    expect(report).toMatchObject({
      result: 'clean',
      trust: 'first-use',
      keys: [key.id],
      checks: {
        chain: 'ok',
        ledgers: 'ok',
        payments: 'ok',
        signedHeads: 'ok',
        readModels: 'not-checked',
      },
      counts: { events: events.length, ledgers: 3, payments: 3, signedHeads: 3, findings: 0 },
      scope: null,
    });
    expect(report.ledgers.map(({ ledger, balance }) => [ledger, balance])).toEqual([
      ['alice', '40'],
      ['bob', '-39'],
      ['carol', '0'],
    ]);
  });

  test('leaves nothing else behind', async () => {
    const file = await exported(name);
    expect(existsSync(`${file}.partial`)).toBe(false);
    const bytes = readFileSync(file);
    const text = name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    expect(text.toString('utf8').split('\n')).toHaveLength(events.length + 3);
  });
});

test('a trusted key is asked for, and another one refused', async () => {
  const file = await exported();
  const { report } = await auditIt(file, { pinned: [key] });
  expect(report.trust).toBe('pinned');
  const fault = await faultOf(file, { pinned: [publicKeyOf(stranger)] });
  expect(fault).toMatchObject({ rule: 'key', expected: publicKeyOf(stranger).id, found: key.id });
});

test('any event survives the way into a line and back', () => {
  const story = fc.array(aMove, { minLength: 5, maxLength: 30 });
  fc.assert(
    fc.property(aSetup, story, (setup, moves) => {
      const one = new NetworkPlayer(setup);
      for (const move of moves) one.play(move);
      for (const event of recordedStory(one.network.log)) {
        expect(readEventLine(eventLine(event))).toEqual(event);
      }
    }),
    { numRuns: 50 },
  );
});

test('a payload of any shape survives it too, to the letter', () => {
  const [event] = events;
  if (event === undefined) throw new Error('no event');
  for (const payload of [
    '{"10":"1","9":[null,true,{}],"__proto__":{"a":1},"é":"\u2028\\n"}',
    '{}',
  ]) {
    expect(readEventLine(eventLine({ ...event, payload })).payload).toBe(payload);
  }
});

describe('the first bad line is named:', () => {
  const trailerAt = events.length + 1;

  test.each<[string, (lines: string[]) => string[], { line: number; rule: string }]>([
    ['no manifest', (lines) => lines.slice(1), { line: 1, rule: 'shape' }],
    [
      'a manifest of another format',
      (l) => replaced(l, 0, EXPORT_FORMAT, 'other'),
      { line: 1, rule: 'shape' },
    ],
    ['a line that is no JSON', (l) => l.with(2, '{'), { line: 3, rule: 'shape' }],
    ['a member too much', (l) => replaced(l, 2, '{', '{"more":1,'), { line: 3, rule: 'shape' }],
    [
      'a time without milliseconds',
      (l) => replaced(l, 2, '"occurredAt":"2', '"occurredAt":"'),
      { line: 3, rule: 'shape' },
    ],
    ['a changed payload', (l) => replaced(l, 2, '"40"', '"41"'), { line: 3, rule: 'hash' }],
    ['a missing line', (l) => l.toSpliced(3, 1), { line: 4, rule: 'version-gap' }],
    ['the first event missing', (l) => l.toSpliced(1, 1), { line: 2, rule: 'version-gap' }],
    ['a line doubled', (l) => l.toSpliced(3, 0, l[3] ?? ''), { line: 5, rule: 'version-gap' }],
    [
      'the last event of a ledger missing',
      (l) => l.toSpliced(trailerAt - 1, 1),
      { line: trailerAt, rule: 'order' },
    ],
    [
      'a ledger that is not in the manifest',
      (l) => replaced(l, 1, '"ledger":"alice"', '"ledger":"mallory"'),
      { line: 2, rule: 'order' },
    ],
    [
      'a place that is taken',
      (l) => replaced(l, 2, '"position":2', '"position":1'),
      { line: 3, rule: 'position' },
    ],
    [
      'a place beyond the end',
      (l) => replaced(l, 2, '"position":2', '"position":999'),
      { line: 3, rule: 'position' },
    ],
    [
      'another partition',
      (l) => replaced(l, 1, '"partition":', '"partition":1'),
      { line: 2, rule: 'wrong-partition' },
    ],
    ['no trailer', (l) => l.slice(0, -1), { line: trailerAt + 1, rule: 'trailer' }],
    [
      'a second trailer',
      (l) => [...l, l.at(-1) ?? ''],
      { line: trailerAt + 2, rule: 'after-trailer' },
    ],
    ['trailing garbage', (l) => [...l, 'garbage'], { line: trailerAt + 2, rule: 'after-trailer' }],
    [
      'a changed manifest',
      (l) => replaced(l, 0, '2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.001Z'),
      { line: trailerAt + 1, rule: 'sha256' },
    ],
    [
      'a trailer that counts otherwise',
      (l) => replaced(l, trailerAt, '"lines":', '"lines":1'),
      { line: trailerAt + 1, rule: 'lines' },
    ],
  ])('%s', async (_what, change, expected) => {
    expect(await faultOf(await tampered(change))).toMatchObject(expected);
  });

  test('a position that nobody has', async () => {
    const at = events.findIndex(({ position }, index) => position > 1 && index === 1) + 1;
    const file = await tampered((l) => replaced(l, at, '"position":2', '"position":9'), true);
    expect(await faultOf(file)).toMatchObject({ rule: 'position', found: 'none' });
  });

  test('a signature of somebody else, and one that is not of this text', async () => {
    const others = await tampered((lines) => lines, stranger);
    expect(await faultOf(others)).toMatchObject({ line: trailerAt + 1, rule: 'key' });
    const wrong = Buffer.alloc(64, 1).toString('base64');
    const changed = await tampered((lines) =>
      lines.with(-1, (lines.at(-1) ?? '').replace(/"signature":"[^"]*"/, `"signature":"${wrong}"`)),
    );
    expect(await faultOf(changed)).toMatchObject({ line: trailerAt + 1, rule: 'signature' });
  });

  test('a rewritten history that was signed again contradicts the head that was signed before', async () => {
    const [first, ...rest] = events;
    if (first === undefined) throw new Error('no events');
    const rewritten = byLedger(recordedStory(player.network.log, 64, 1_000_000));
    expect(rewritten[0]?.payload).toBe(first.payload);
    const manifest = manifestOf(rewritten);
    const before = manifestOf([first, ...rest]).ledgers;
    const ledgers = manifest.ledgers.map((ledger, at) => ({
      ...ledger,
      signedHead: before[at]?.signedHead ?? null,
    }));
    const file = join(folder.path, 'rewritten.ndjson');
    const content = { manifest: { ...manifest, ledgers }, events: rewritten, key: privateKey };
    await writeExport(file, content);
    expect(await faultOf(file)).toMatchObject({ rule: 'signed-head' });
  });

  test('a line without an end', async () => {
    const file = await exported();
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    expect(await faultOf(file)).toMatchObject({ rule: 'last-line' });
    writeFileSync(file, '');
    expect(await faultOf(file)).toMatchObject({ line: 1, rule: 'trailer' });
  });

  test('a line that is too long, before it fills memory', async () => {
    const file = await exported();
    expect(await faultOf(file, { lineBytes: 100 })).toEqual({
      line: 1,
      rule: 'line-length',
      expected: 'at most 100 bytes',
      found: 'more',
    });
  });

  test('bytes that are no UTF-8', async () => {
    const file = await exported();
    writeFileSync(file, Buffer.concat([Buffer.from([0xff, 0x0a]), readFileSync(file)]));
    expect(await faultOf(file)).toMatchObject({ line: 1, rule: 'encoding' });
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut off', (bytes) => bytes.subarray(0, bytes.length - 9)],
    ['cut off early', (bytes) => bytes.subarray(0, 40)],
    ['damaged', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 200 ? byte ^ 0xff : byte)))],
    ['followed by garbage', (bytes) => Buffer.concat([bytes, Buffer.from('garbage')])],
    ['followed by zeros', (bytes) => Buffer.concat([bytes, Buffer.alloc(20)])],
  ])('gzip that is %s', async (_what, change) => {
    const file = await exported('log.ndjson.gz');
    writeFileSync(file, change(readFileSync(file)));
    expect((await faultOf(file)).rule).toMatch(/^(gzip|encoding|shape)$/);
  });

  test('gzip followed by more gzip', async () => {
    const file = await exported('log.ndjson.gz');
    writeFileSync(file, Buffer.concat([readFileSync(file), gzipSync('more\n')]));
    expect(await faultOf(file)).toMatchObject({ rule: 'after-trailer' });
  });
});

test('any one byte changed anywhere is found', async () => {
  const file = await exported();
  const bytes = readFileSync(file);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ by;
      writeFileSync(file, changed);
      await faultOf(file);
    }),
    { numRuns: 300 },
  );
});

test('a log whose chain does not hold is not signed, and no file appears', async () => {
  const broken = events.map((event, at) => (at === 2 ? { ...event, occurredAtMs: 1 } : event));
  const file = join(folder.path, 'broken.ndjson');
  const writing = writeExport(file, {
    manifest: manifestOf(events),
    events: broken,
    key: privateKey,
  });
  await expect(writing).rejects.toThrow(/version 3: hash does not hold/);
  expect(existsSync(file)).toBe(false);
  expect(existsSync(`${file}.partial`)).toBe(false);
});

test('a part of the log says what it is: chains hold, balances are not known', async () => {
  const part = events.filter(({ ledgerId, version }) => ledgerId === 'alice' && version > 2);
  const file = join(folder.path, 'part.ndjson');
  const manifest = manifestOf(part, { complete: false, range: 'part' });
  await writeExport(file, { manifest, events: part, key: privateKey });
  const { report } = await auditIt(file);
  expect(report).toMatchObject({ result: 'clean', scope: ['alice'] });
  expect(report.checks.payments).toBe('not-checked');
  expect(report.ledgers).toMatchObject([{ ledger: 'alice', balance: null }]);
});
