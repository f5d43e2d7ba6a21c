import { type ClientRequest, get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { TextDecoder } from 'node:util';
import { isPrivateLiteral, PrivateAddressError, publicLookup } from '#platform';
import { RateFetchError } from './rate-fetch-error';

export interface DocumentRequest {
  readonly url: string;
  /** Of everything together, from the look-up of the name to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly allowPrivateAddresses: boolean;
  /** What is asked for, and what the answer has to say that it is. */
  readonly accept: string;
  readonly contentType: RegExp;
  /** Nobody wants the document any more. */
  readonly ending: AbortSignal;
}

const OK = 200;
const REDIRECT = 300;
const BAD = 400;

/**
 * The text of a document: one request, no redirects, no compression. Whoever publishes rates is
 * known by his address; where he sends us on to, nobody has agreed to.
 * @throws RateFetchError
 */
export async function fetchDocument(request: DocumentRequest): Promise<string> {
  const late = AbortSignal.timeout(request.timeoutMs);
  const signal = AbortSignal.any([late, request.ending]);
  const url = new URL(request.url);
  try {
    return decoded(await bodyOf(await open(url, request, signal), request));
  } catch (error) {
    if (error instanceof RateFetchError) throw error;
    if (late.aborted) {
      const why = `${url.host} did not answer within ${request.timeoutMs} ms`;
      throw new RateFetchError('timeout', why);
    }
    throw typed(error, url.host);
  }
}

function open(url: URL, request: DocumentRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((accept, reject) => {
    if (!request.allowPrivateAddresses && isPrivateLiteral(url.hostname)) {
      reject(new PrivateAddressError(url.hostname));
      return;
    }
    ask(url, request, signal).once('response', accept).once('error', reject);
  });
}

function ask(url: URL, request: DocumentRequest, signal: AbortSignal): ClientRequest {
  const options = {
    signal,
    // Between two questions lie minutes: nothing is gained by keeping the connection.
    agent: false,
    headers: { accept: request.accept, 'accept-encoding': 'identity', connection: 'close' },
    lookup: request.allowPrivateAddresses ? undefined : publicLookup,
  };
  return url.protocol === 'https:' ? getHttps(url, options) : getHttp(url, options);
}

async function bodyOf(response: IncomingMessage, request: DocumentRequest): Promise<Buffer> {
  try {
    checkHead(response, request);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > request.maxBytes) throw tooLarge(request.maxBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    response.destroy();
  }
}

function checkHead({ statusCode = 0, headers }: IncomingMessage, request: DocumentRequest): void {
  if (statusCode >= REDIRECT && statusCode < BAD) {
    throw new RateFetchError('redirect', `the answer has status ${statusCode}; we do not follow`);
  }
  if (statusCode !== OK) {
    throw new RateFetchError('status', `the answer has status ${statusCode}`);
  }
  if (!request.contentType.test(headers['content-type'] ?? '')) {
    throw new RateFetchError('content-type', `the answer is not ${request.accept}`);
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new RateFetchError('encoding', 'the answer is compressed, which we did not ask for');
  }
  if (Number(headers['content-length']) > request.maxBytes) throw tooLarge(request.maxBytes);
}

function tooLarge(maxBytes: number): RateFetchError {
  return new RateFetchError('too-large', `the answer exceeds ${maxBytes} bytes`);
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RateFetchError('encoding', 'the answer is not UTF-8');
  }
}

function typed(error: unknown, host: string): RateFetchError {
  if (error instanceof PrivateAddressError) {
    return new RateFetchError('private-address', error.message);
  }
  return new RateFetchError('unreachable', `${host}: ${codeOf(error)}`);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error && typeof error.message === 'string' ? error.message : 'failed';
}
