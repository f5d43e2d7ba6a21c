import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shell } from '../shell';
import { readBalances, replayAndVerify, type CliOptions } from './causeway-cli';
import { DemoNetwork } from './demo-network';
import { jsonReport, textReport, type DemoResult } from './demo-report';
import type { PeerReceipts } from './historic-peer.messages';
import { interruptible, type Work } from './interruptible';
import { Progress } from './progress';
import { disagreements, expectedBalances, reckon, surprises } from './reckoning';

const WINDOW = 8;

export interface DemoOptions {
  /** From alice to bob; a tenth as many come back. */
  readonly payments: number;
  readonly json?: boolean;
  readonly keep?: boolean;
}

/** The message says, one line each, what was not as it must be. */
export class DemoFailedError extends Error {
  override readonly name = 'DemoFailedError';
}

/**
 * `causeway demo`: a connector of its own between two historic peers, payments both ways, then three opinions on
 * every balance: the connector's, the peer's, and a replay of the log from its first event.
 *
 * @throws DemoFailedError when any of them differs, or a payment did not end as it had to.
 */
export async function demo(options: DemoOptions, shell: Shell): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'causeway-demo-'));
  // Run as root, PostgreSQL runs as somebody else, who has to pass through.
  await chmod(directory, 0o711);
  const env = withoutOurSettings(shell.env);
  try {
    await interruptible(async (work) => {
      const result = await perform({ options, shell, directory, env, work });
      if (options.json === true) shell.print(jsonReport(result));
      else for (const line of textReport(result)) shell.print(line);
    });
  } finally {
    if (options.keep === true) shell.note(`the data directory and the log are in ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

interface Performance {
  readonly options: DemoOptions;
  readonly shell: Shell;
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly work: Work;
}

async function perform({ options, shell, directory, env, work }: Performance): Promise<DemoResult> {
  const began = Date.now();
  const progress = new Progress(process.stderr);
  let paying = false;
  shell.note('starting the connector and its two historic peers, alice and bob');
  const network = await DemoNetwork.start({
    directory,
    env,
    watchAlice: {
      onProgress: (counts, of) => {
        if (paying) progress.show(counts, of);
      },
    },
  });
  work.onStop(() => network.stop());
  work.signal.throwIfAborted();
  const { payments } = options;
  shell.note(`alice sends ${payments} payments to bob, and bob some to alice`);
  const back = Math.floor(payments / 10);
  paying = true;
  const made = await network.pay({ there: payments, back, window: WINDOW, name: 'demo' });
  shell.note('all payments are decided; replaying the log from its first event');
  const cli: CliOptions = { dataDir: network.dataDir, env };
  const replay = await replayAndVerify(cli);
  const opinions = await network.opinions(await readBalances(cli));
  const reckonings = reckon(opinions, expectedBalances(made));
  const seconds = Math.round((Date.now() - began) / 100) / 10;
  const result = { made, reckonings, replay, seconds };
  const complaints = complaintsAbout(result, await network.bob.received());
  if (complaints.length > 0) throw new DemoFailedError(complaints.join('\n'));
  return result;
}

function complaintsAbout({ made, reckonings, replay }: DemoResult, bob: PeerReceipts): string[] {
  const complaints = [...surprises(made), ...disagreements(reckonings)];
  for (const { label } of bob.wrongFulfillments.filter(({ answer }) => answer === 'accepted')) {
    complaints.push(`payment ${label}: a wrong fulfillment was accepted`);
  }
  for (const { ledger, balance } of replay.ledgers) {
    const live = reckonings.find((row) => row.ledger === ledger)?.ours;
    if (live !== undefined && live !== balance) {
      complaints.push(`ledger ${ledger}: the connector has ${live}, a replay gives ${balance}`);
    }
  }
  if (!replay.matches) complaints.push('the replayed balances do not match the live ones');
  if (replay.chain !== 'ok') complaints.push(`the hash chain is broken: ${replay.chain}`);
  return complaints;
}

/** The demo never touches a database, a bus or a configuration that the operator has in the environment. */
function withoutOurSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = /^(CAUSEWAY_|DATABASE_URL|NATS_URL)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}
