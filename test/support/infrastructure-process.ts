import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import {
  InfrastructureError,
  startInfrastructure,
  type Infrastructure,
  type InfrastructureOptions,
} from '../../libs/platform/infrastructure';

/** What the process is told in its first argument, as JSON. */
export interface InfrastructureOrder {
  readonly options: InfrastructureOptions;
  /** Give up root for good before anything is started. */
  readonly become?: { readonly uid: number; readonly gid: number };
  /** On SIGINT stop everything properly and say so, instead of dying of it. */
  readonly stopOnInterrupt?: boolean;
}

/** A process that has its own infrastructure: prints it as one line of JSON and stays until it is killed. */
async function main(order: InfrastructureOrder): Promise<void> {
  if (order.become !== undefined) {
    process.setgroups?.([]);
    process.setgid?.(order.become.gid);
    process.setuid?.(order.become.uid);
  }
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const infrastructure = await startInfrastructure({ ...order.options, log });
  if (order.stopOnInterrupt === true) {
    process.once('SIGINT', () => {
      void useAndStop(infrastructure).then((message) => {
        say(message);
        process.exit(0);
      });
    });
  }
  const { databaseUrl, natsUrl, origin } = infrastructure;
  say({ databaseUrl, natsUrl, origin });
  setInterval(() => undefined, 1000);
}

/** What a draining service does: its last writes come after the signal. */
async function useAndStop(infrastructure: Infrastructure): Promise<object> {
  await setTimeout(300);
  const client = new Client({ connectionString: infrastructure.databaseUrl });
  await client.connect();
  await client.query('select 1');
  await client.end();
  await infrastructure.stop();
  return { queried: true, stopped: true };
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

main(JSON.parse(process.argv[2] ?? '{}') as InfrastructureOrder).catch((error: unknown) => {
  const refusal = error instanceof InfrastructureError ? error.refusal : 'none';
  say({ refusal, message: String(error) });
  process.exit(1);
});
