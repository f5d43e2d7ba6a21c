import type { IncomingMessage } from 'node:http';
import type { SecureContext } from 'node:tls';
import { bodyWithin, DocumentTooLargeError, openDocument, PrivateAddressError } from '#platform';
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
  const { allowPrivateAddresses, maxBytes, secureContext } = options;
  let url = new URL(first);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const place = { url, accept: ACCEPT, allowPrivateAddresses, secureContext, signal };
    const response = await openDocument(place).catch(rethrown(url.host));
    const { statusCode = 0, headers } = response;
    if (!REDIRECTS.includes(statusCode))
      return bodyWithin(response, { maxBytes, checkHead }).catch(rethrown(url.host));
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

type NodeError = Error & { readonly code?: string };

function rethrown(host: string): (error: NodeError) => never {
  return (error) => {
    throw typed(error, host);
  };
}

function typed(error: NodeError, host: string): Error {
  if (error instanceof LookUpError) return error;
  if (error instanceof PrivateAddressError) {
    return new LookUpError('private-address', error.message);
  }
  if (error instanceof DocumentTooLargeError) return new LookUpError('too-large', error.message);
  const isCertificate = TLS_FAULT.test(error.code ?? '');
  const rule = isCertificate ? 'certificate' : 'unreachable';
  return new LookUpError(rule, `${host}: ${error.code ?? error.message}`);
}

function checkHead({ statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode !== OK) throw new LookUpError('status', `the answer has status ${statusCode}`);
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
    throw new LookUpError('content-type', 'the answer is not application/jrd+json or json');
  }
}
