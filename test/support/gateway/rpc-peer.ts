import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PeerSettings } from '#platform';
import { dialsUs } from './gateway-under-test';

export const PREFIX = 'peer.pjjQz.usd.9.';
export const TOKEN = 'a-token-of-both-sides';
export const OURS = `${PREFIX}us`;
export const THEIRS = `${PREFIX}them`;

/** A call of ours, as it stood on the wire. */
export interface HeardCall {
  readonly method: string | null;
  readonly prefix: string | null;
  readonly authorization: string | undefined;
  readonly params: unknown;
  /** What was parsed. */
  readonly text: string;
}

export interface Reply {
  readonly status?: number;
  /** Text is sent as it is, anything else as JSON. */
  readonly body: unknown;
}

/** How the peer reacts to a call; `cut` closes the connection. */
type Reaction = Reply | 'silence' | 'cut';
export type RpcScript = (call: HeardCall) => Reaction | Promise<Reaction>;

/** Also on a machine that has much else to do. */
const WITHIN_MS = 20_000;
const POLL_MS = 5;
const NUMBERS: Readonly<Record<string, unknown>> = { get_limit: '1000', get_balance: '0' };

/** Does whatever it is asked; asked for numbers, it has a limit of 1000 and owes nothing. */
export const WILLING = ({ method }: HeardCall): Reply => ({ body: NUMBERS[method ?? ''] ?? true });

/** A scripted peer of the RPC transport on real HTTP, both server and client. */
export class RpcPeer {
  readonly heard: HeardCall[] = [];
  script: RpcScript = WILLING;
  port = 0;
  private readonly server = createServer((request, response) => {
    this.receive(request, response).catch(() => response.destroy());
  });

  static async listen(port = 0): Promise<RpcPeer> {
    const peer = new RpcPeer();
    await new Promise<void>((resolve) => {
      peer.server.listen(port, '127.0.0.1', resolve);
    });
    peer.port = (peer.server.address() as AddressInfo).port;
    return peer;
  }

  /** As the gateway has it in its configuration. */
  settings(change: Partial<PeerSettings> = {}): PeerSettings {
    return dialsUs('dora', {
      socket: 'client',
      token: TOKEN,
      rpcUri: `http://127.0.0.1:${this.port}/peers/rpc`,
      authority: 'symmetric',
      ledger: {
        prefix: PREFIX,
        currencyCode: 'USD',
        currencyScale: 9,
        account: 'us',
        peerAccount: 'them',
        maxBalance: 1_000_000n,
        minBalance: null,
      },
      ...change,
    });
  }

  all(method: string): HeardCall[] {
    return this.heard.filter((call) => call.method === method);
  }

  /** Waits until `count` calls of a method came; returns the last of these. */
  async hears(method: string, count = 1): Promise<HeardCall> {
    const until = Date.now() + WITHIN_MS;
    for (;;) {
      const call = this.all(method)[count - 1];
      if (call !== undefined) return call;
      if (Date.now() > until)
        throw new Error(`heard ${this.all(method).length} of ${count} ${method}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? '', 'http://peer');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const call: HeardCall = {
      method: searchParams.get('method'),
      prefix: searchParams.get('prefix'),
      authorization: request.headers.authorization,
      params: JSON.parse(text) as unknown,
      text,
    };
    this.heard.push(call);
    const reply = await this.script(call);
    if (reply === 'cut') response.destroy();
    if (typeof reply === 'string') return;
    const { status = 200, body } = reply;
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}

/** What came back to a call to us. */
export interface CallResult {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Calls a gateway as the peer does.
 * @throws TypeError if the connection is closed without an answer
 */
export async function callUs(
  url: string,
  method: string,
  params: unknown,
  change: { readonly token?: string; readonly prefix?: string; readonly signal?: AbortSignal } = {},
): Promise<CallResult> {
  const { token = TOKEN, prefix = PREFIX, signal } = change;
  const address = `${url.replace('ws://', 'http://')}/rpc?method=${method}&prefix=${prefix}`;
  const response = await fetch(address, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: typeof params === 'string' ? params : JSON.stringify(params),
    ...(signal && { signal }),
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text) as unknown };
}
