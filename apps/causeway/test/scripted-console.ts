import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A question to the console, as it stood on the wire. */
export interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  /** What was parsed; undefined = there was none. */
  readonly body: unknown;
}

/** `cut` closes the connection without a word. */
export type ConsoleAnswer = { readonly status: number; readonly body: unknown } | 'cut';

const UNEXPECTED: ConsoleAnswer = { status: 500, body: { message: 'nothing more was expected' } };

/** The HTTP API of an operator, which answers as it is told and takes note of what it is asked. */
export class ScriptedConsole {
  readonly asked: Asked[] = [];
  script: (asked: Asked) => ConsoleAnswer = () => UNEXPECTED;
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy());
  });

  static async listen(): Promise<ScriptedConsole> {
    const scripted = new ScriptedConsole();
    await once(scripted.server.listen(0, '127.0.0.1'), 'listening');
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The options by which a command finds it, and is let in. */
  get options(): string[] {
    return ['--console-url', this.url, '--token', 'secret'];
  }

  /** From now on it gives these answers, each once, and an error after the last. */
  answers(...answers: readonly ConsoleAnswer[]): void {
    const left = [...answers];
    this.script = () => left.shift() ?? UNEXPECTED;
  }

  /** Paths with what stands behind the question mark, in the order in which they were asked for. */
  get urls(): (string | undefined)[] {
    return this.asked.map(({ url }) => url);
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method, url, headers } = request;
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const asked = { method, url, authorization: headers.authorization, body };
    this.asked.push(asked);
    const answer = this.script(asked);
    if (answer === 'cut') response.destroy();
    else response.writeHead(answer.status).end(JSON.stringify(answer.body));
  }
}
