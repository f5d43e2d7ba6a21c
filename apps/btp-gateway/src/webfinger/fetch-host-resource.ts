import { type ClientRequest, get as getHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as getHttps } from 'node:https';
import type { SecureContext } from 'node:tls';
import { isPrivateLiteral, PrivateAddressError, publicLookup } from '#platform';
import { type HostResource, lookUpUrl, readHostResource } from '#protocol';
import { LookUpError } from './look-up-error';

export interface LookUpOptions {
  /** Of the whole look-up, redirects and all. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Also addresses that are not public may be connected to: for tests, and networks of one's own. */
  readonly allowPrivateAddresses: boolean;
  /** Whose certificates are believed. */
  readonly secureContext: SecureContext;
}

const MAX_REDIRECTS = 3;
const ACCEPT = 'application/jrd+json, application/json';
const JSON_TYPE = /^application\/(?:jrd\+)?json\s*(?:;|$)/i;
const OK = 200;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const TLS_FAULT = /^(?:CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|ERR_SSL)/;

/**
 * Looks up what a connector says of its host (SPEC §8.2): one request, https unless the host is
 * localhost, followed to https only.
 * @throws LookUpError | WebFingerError
 */
export async function fetchHostResource(
  hostname: string,
  options: LookUpOptions,
): Promise<HostResource> {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
  }, options.timeoutMs);
  try {
    return readHostResource(await follow(lookUpUrl(hostname), options, abort.signal));
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw new LookUpError('timeout', `${hostname} did not answer within ${options.timeoutMs} ms`);
  } finally {
    clearTimeout(timer);
  }
}

async function follow(first: string, options: LookUpOptions, signal: AbortSignal): Promise<Buffer> {
  let url = new URL(first);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const response = await open(url, options, signal);
    const { statusCode = 0, headers } = response;
    if (!REDIRECTS.includes(statusCode)) return bodyOf(response, options);
    response.destroy();
    url = target(headers.location, url);
  }
  throw new LookUpError('too-many-redirects', `more than ${MAX_REDIRECTS} redirects`);
}

function target(location: string | undefined, from: URL): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new LookUpError('redirect', 'a redirect leads nowhere');
  }
  const url = new URL(location, from);
  if (url.protocol === 'https:') return url;
  throw new LookUpError('redirect', `a redirect leads to ${url.protocol}//, not to https://`);
}

function open(url: URL, options: LookUpOptions, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((accept, reject) => {
    if (!options.allowPrivateAddresses && isPrivateLiteral(url.hostname)) {
      reject(privateAddress(new PrivateAddressError(url.hostname)));
      return;
    }
    request(url, options, signal)
      .once('response', accept)
      .once('error', (error: NodeError) => {
        reject(typed(error, url.host));
      });
  });
}

type NodeError = Error & { readonly code?: string };

function request(url: URL, options: LookUpOptions, signal: AbortSignal): ClientRequest {
  const shared = {
    signal,
    // One look-up, one connection: nothing is gained by keeping it.
    agent: false,
    headers: { accept: ACCEPT, connection: 'close' },
    lookup: options.allowPrivateAddresses ? undefined : publicLookup,
  };
  if (url.protocol === 'http:') return getHttp(url, shared);
  const agent = new HttpsAgent({ secureContext: options.secureContext });
  return getHttps(url, { ...shared, agent });
}

function typed(error: NodeError, host: string): Error {
  if (error instanceof PrivateAddressError) return privateAddress(error);
  const isCertificate = TLS_FAULT.test(error.code ?? '');
  const rule = isCertificate ? 'certificate' : 'unreachable';
  return new LookUpError(rule, `${host}: ${error.code ?? error.message}`);
}

function privateAddress({ message }: PrivateAddressError): LookUpError {
  return new LookUpError('private-address', message);
}

async function bodyOf(response: IncomingMessage, { maxBytes }: LookUpOptions): Promise<Buffer> {
  const { statusCode = 0, headers } = response;
  try {
    if (statusCode !== OK) throw new LookUpError('status', `the answer has status ${statusCode}`);
    const type = headers['content-type'] ?? '';
    if (!JSON_TYPE.test(type)) {
      throw new LookUpError('content-type', 'the answer is not application/jrd+json or json');
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new LookUpError('too-large', `the answer exceeds ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    response.destroy();
  }
}
