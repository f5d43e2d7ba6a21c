import { z } from 'zod';
import { readRunningConnector } from '../../apps/causeway/src/supervisor/run-files';

/** What the console has answered. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** The HTTP API of a running connector, as a program of its operator uses it. */
export class ConsoleApi {
  /** @param operator who claims to give the orders */
  constructor(
    private readonly dataDir: string,
    private readonly operator: string,
  ) {}

  get(path: string): Promise<Answered> {
    return this.ask('GET', path);
  }

  post(path: string, order: object): Promise<Answered> {
    return this.ask('POST', path, JSON.stringify({ by: this.operator, ...order }));
  }

  /** Posts an order that must be done. @returns the answer, as `shape` reads it */
  async order<T>(path: string, order: object, shape: z.ZodType<T>): Promise<T> {
    const { status, body } = await this.post(path, order);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return shape.parse(body);
  }

  /** Every event of a stream of the log, by the feed. */
  async events(ledger: string): Promise<CloudEvent[]> {
    const { body } = await this.get(`/api/events?ledger=${ledger}&limit=1000`);
    return z.object({ events: z.array(cloudEvent) }).parse(body).events;
  }

  private async ask(method: string, path: string, body?: string): Promise<Answered> {
    const running = readRunningConnector(this.dataDir);
    if (running === undefined) throw new Error(`no connector runs on ${this.dataDir}`);
    const response = await fetch(running.console + path, {
      method,
      headers: {
        authorization: `Bearer ${running.consoleToken}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: await response.json() };
  }
}

export const cloudEvent = z.object({
  id: z.string(),
  type: z.string(),
  time: z.string(),
  ledger: z.string(),
  data: z.record(z.string(), z.unknown()),
});

export type CloudEvent = z.infer<typeof cloudEvent>;
