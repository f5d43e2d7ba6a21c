import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { headText, isSignedBy, publicKeyOf } from '#domain/audit';
import type { AuditKey, CommittedHead, SignedHead } from '#event-store';
import { HeadSigner } from './head-signer';

const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = publicKeyOf(privateKey);

/** The two tables, in memory. */
class MemoryHeads {
  readonly keys: AuditKey[] = [];
  readonly signed: SignedHead[] = [];
  readonly asked: (readonly number[])[] = [];
  heads: CommittedHead[] = [{ ledgerId: 'alice', version: 3, hash: Buffer.alloc(32, 3) }];
  failure: Error | undefined;

  addKey(key: AuditKey): Promise<void> {
    this.keys.push(key);
    return Promise.resolve();
  }

  unsigned(partitions: readonly number[], keyId: string): Promise<readonly CommittedHead[]> {
    this.asked.push(partitions);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const isSigned = ({ ledgerId, version }: CommittedHead): boolean =>
      this.signed.some(
        (each) => each.ledgerId === ledgerId && each.version === version && each.keyId === keyId,
      );
    return Promise.resolve(this.heads.filter((head) => !isSigned(head)));
  }

  add(heads: readonly SignedHead[]): Promise<void> {
    this.signed.push(...heads);
    return Promise.resolve();
  }
}

function signerOf(heads: MemoryHeads, more: { everyMs?: number; partitions?: number[] } = {}) {
  const warnings: unknown[] = [];
  const signer = new HeadSigner({
    connector: 'test.causeway',
    key: privateKey,
    heads,
    partitions: () => more.partitions ?? [7],
    everyMs: more.everyMs ?? 60_000,
    clock: () => 5_000,
    logger: { warn: (...said: unknown[]) => warnings.push(said) },
  });
  return { signer, warnings };
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !holds(); turn += 1) await sleep(5);
  expect(holds()).toBe(true);
}

test('whoever stops signs what has been decided, by name and time', async () => {
  const heads = new MemoryHeads();
  const { signer } = signerOf(heads);
  signer.start();
  await signer.stop();
  expect(heads.keys.map(({ keyId }) => keyId)).toEqual([publicKey.id]);
  const [head] = heads.signed;
  if (head === undefined) throw new Error('nothing was signed');
  expect(head).toMatchObject({ ledgerId: 'alice', version: 3, signedAtMs: 5_000 });
  const text = headText({ ...head, connector: 'test.causeway' });
  expect(isSignedBy(text, head.signature, publicKey)).toBe(true);
});

test('heads are signed at intervals, each once, the key told once', async () => {
  const heads = new MemoryHeads();
  const { signer } = signerOf(heads, { everyMs: 5 });
  signer.start();
  signer.start();
  await until(() => heads.asked.length >= 3);
  expect(heads.signed).toHaveLength(1);
  heads.heads = [{ ledgerId: 'alice', version: 4, hash: Buffer.alloc(32, 4) }];
  await until(() => heads.signed.length === 2);
  await signer.stop();
  expect(heads.signed.map(({ version }) => version)).toEqual([3, 4]);
  expect(heads.keys).toHaveLength(1);
  const { length } = heads.asked;
  await sleep(30);
  expect(heads.asked).toHaveLength(length);
});

test('who answers for no partition signs nothing', async () => {
  const heads = new MemoryHeads();
  await signerOf(heads, { partitions: [] }).signer.stop();
  expect(heads).toMatchObject({ asked: [], signed: [], keys: [] });
});

test('a failure is said and made good by the next turn', async () => {
  const heads = new MemoryHeads();
  heads.failure = new Error('no database');
  const { signer, warnings } = signerOf(heads, { everyMs: 5 });
  signer.start();
  await until(() => warnings.length > 0);
  expect(warnings[0]).toEqual([{ err: heads.failure }, 'heads of ledgers could not be signed']);
  heads.failure = undefined;
  await until(() => heads.signed.length === 1);
  await signer.stop();
});
