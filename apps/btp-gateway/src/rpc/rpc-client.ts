import {
  Agent as HttpAgent,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { RpcMethod } from '#protocol';
import { collectBody } from './collect-body';

export interface RpcClientParts {
  /** Where the peer takes calls: a URL without query. */
  readonly uri: string;
  readonly prefix: string;
  readonly token: string;
  /** Connections to the peer at once. */
  readonly connections: number;
  /** An answer longer than this is none. */
  readonly answerBytes: number;
  /** For a peer that is called by `https`. */
  readonly secureContext: SecureContext;
  /** How the name of its host is resolved; undefined: as usual. */
  readonly lookup?: LookupFunction | undefined;
}

export interface RpcAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Called once, unless the call is given up before. */
export type RpcListener = (outcome: RpcAnswer | Error) => void;

/** A connection that was kept from an earlier call broke: most likely the peer was just closing it. */
export class KeptConnectionError extends Error {
  override readonly name = 'KeptConnectionError';
}

/** Makes HTTP calls to one peer over connections that are kept; follows no redirection (SPEC §8.7). */
export class RpcClient {
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly send: typeof httpRequest;

  constructor(private readonly parts: RpcClientParts) {
    const isSecure = new URL(parts.uri).protocol === 'https:';
    const kept = { keepAlive: true, maxSockets: parts.connections };
    this.agent = isSecure
      ? new HttpsAgent({ ...kept, secureContext: parts.secureContext })
      : new HttpAgent(kept);
    this.send = isSecure ? httpsRequest : httpRequest;
  }

  /** @returns gives the call up: its connection is closed, and nobody hears of it */
  post(method: RpcMethod, body: Buffer, listener: RpcListener): () => void {
    const { uri, prefix } = this.parts;
    const query = new URLSearchParams({ method, prefix }).toString();
    const request = this.send(`${uri}?${query}`, this.options(body));
    let isOver = false;
    const end = (outcome: RpcAnswer | Error): void => {
      if (isOver) return;
      isOver = true;
      listener(outcome);
    };
    request.on('response', (response) => {
      this.receive(response, end);
    });
    request.on('error', (error) => {
      end(request.reusedSocket ? new KeptConnectionError(error.message) : error);
    });
    request.end(body);
    return () => {
      isOver = true;
      request.destroy();
    };
  }

  /** Closes what is kept; calls under way end with an error. */
  close(): void {
    this.agent.destroy();
  }

  private options(body: Buffer): RequestOptions {
    return {
      method: 'POST',
      lookup: this.parts.lookup,
      agent: this.agent,
      headers: {
        authorization: `Bearer ${this.parts.token}`,
        accept: 'application/json',
        'content-type': 'application/json',
        'content-length': body.length,
      },
    };
  }

  private receive(response: IncomingMessage, end: RpcListener): void {
    const status = response.statusCode ?? 0;
    collectBody(response, this.parts.answerBytes, (body) => {
      if (body === 'too-long') response.destroy();
      if (typeof body === 'string') end(new Error(`the answer is ${body}`));
      else end({ status, body });
    });
  }
}
