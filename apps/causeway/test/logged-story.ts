import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { allPartitions } from '#contracts';
import { headText, publicKeyBytes, publicKeyOf, signText } from '#domain/audit';
import { acquirePartitions, ProjectionRunner, SettingsStore, SignedHeadStore } from '#event-store';
import { PROJECTIONS } from '#read-models';
import { NetworkPlayer } from '#testing';
import { recordedStory, type StoryEvent } from './recorded-story';

const EVERY = Array.from({ length: 64 }, (_, partition) => partition);
export const CONNECTOR = 'test.causeway';

export function signingKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

export interface PaymentsPlayed {
  readonly amounts: readonly number[];
  readonly fulfilled: readonly number[];
}

/** Payments from alice to bob, one unit less on the way; those named are fulfilled, in order. */
export function paymentStory({ amounts, fulfilled }: PaymentsPlayed): readonly StoryEvent[] {
  const unlimited = { maxBalance: null, minBalance: null };
  const player = new NetworkPlayer([
    { authority: 'admin', limits: { maxBalance: 1_000n, minBalance: -1_000n } },
    { authority: 'admin', limits: unlimited },
    { authority: 'shadow', limits: unlimited },
  ]);
  amounts.forEach((amount, payment) => {
    player.play({
      ...{ kind: 'accept', from: 0, payment, to: 1, amount, forwarded: amount - 1 },
      ...{ holdMs: 9_000, windowMs: 1_000, isRefused: false },
    });
    if (fulfilled.includes(payment)) {
      player.play({
        kind: 'fulfill',
        which: player.network.losses.length + open(player) - 1,
        lagMs: 0,
        isWrong: false,
      });
    }
  });
  return player.network.log;
}

/** How many outgoing transfers wait to be fulfilled; the newest is the last of them. */
function open(player: NetworkPlayer): number {
  return player.network
    .all()
    .flatMap(({ transfers }) => [...transfers.values()])
    .filter(({ direction, status }) => direction === 'outgoing' && status === 'prepared').length;
}

/** Writes a story to the log as its owner would. */
export async function logStory(
  dataSource: DataSource,
  story: readonly StoryEvent[],
  startedMs?: number,
): Promise<void> {
  await new SettingsStore(dataSource).settleIdentity({ address: CONNECTOR, partitions: 64 });
  const writer = await acquirePartitions(dataSource, { partitions: EVERY, connector: CONNECTOR });
  if (writer === undefined) throw new Error('no partitions');
  for (const event of recordedStory(story, 64, startedMs)) writer.stage(event);
  await writer.commit();
  await writer.release();
}

export async function followLog(dataSource: DataSource): Promise<void> {
  for (const projection of PROJECTIONS) {
    await new ProjectionRunner(dataSource, { projection, partitions: 64 }).catchUp();
  }
}

/** Signs every head there is, as the connector's ledger processes do. */
export async function signHeads(
  dataSource: DataSource,
  key: KeyObject,
  signedAtMs = 5_000,
): Promise<void> {
  const store = new SignedHeadStore(dataSource);
  const { id: keyId, key: publicKey } = publicKeyOf(key);
  await store.addKey({ keyId, publicKey: publicKeyBytes(publicKey) });
  const heads = await store.unsigned(allPartitions(), keyId);
  await store.add(
    heads.map((head) => {
      const text = headText({ ...head, connector: CONNECTOR, signedAtMs });
      return { ...head, signedAtMs, keyId, signature: signText(text, key) };
    }),
  );
}
