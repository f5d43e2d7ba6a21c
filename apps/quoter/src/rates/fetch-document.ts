import type { IncomingMessage } from 'node:http';
import { TextDecoder } from 'node:util';
import { bodyWithin, DocumentTooLargeError, openDocument, PrivateAddressError } from '#platform';
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
    const response = await openDocument({ ...request, url, signal });
    const wanted = { maxBytes: request.maxBytes, checkHead: checkAgainst(request) };
    return decoded(await bodyWithin(response, wanted));
  } catch (error) {
    if (error instanceof RateFetchError) throw error;
    if (late.aborted) {
      const why = `${url.host} did not answer within ${request.timeoutMs} ms`;
      throw new RateFetchError('timeout', why);
    }
    throw typed(error, url.host);
  }
}

function checkAgainst(request: DocumentRequest): (response: IncomingMessage) => void {
  return ({ statusCode = 0, headers }) => {
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
  };
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
  if (error instanceof DocumentTooLargeError) return new RateFetchError('too-large', error.message);
  return new RateFetchError('unreachable', `${host}: ${codeOf(error)}`);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'message' in error && typeof error.message === 'string' ? error.message : 'failed';
}
