import { type ClientRequest, get as getHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as getHttps } from 'node:https';
import type { SecureContext } from 'node:tls';
import { isPrivateLiteral, PrivateAddressError, publicLookup } from './public-lookup';

export interface DocumentPlace {
  readonly url: URL;
  /** Media types, as the header has them. */
  readonly accept: string;
  /** Also addresses that are not public may be connected to: for tests, and networks of one's own. */
  readonly allowPrivateAddresses: boolean;
  /** Whose certificates are believed, where not those of the system. */
  readonly secureContext?: SecureContext | undefined;
  /** Ends the answer, too. */
  readonly signal: AbortSignal;
}

/** More came than was asked for. */
export class DocumentTooLargeError extends Error {
  override readonly name = 'DocumentTooLargeError';

  constructor(maxBytes: number) {
    super(`the answer exceeds ${maxBytes} bytes`);
  }
}

/**
 * The head of the answer to one GET: no redirect is followed, nothing compressed is asked for, and
 * no connection is kept, as minutes lie between two questions.
 * @throws PrivateAddressError; whatever made the request fail
 */
export function openDocument(place: DocumentPlace): Promise<IncomingMessage> {
  return new Promise((accept, reject) => {
    if (!place.allowPrivateAddresses && isPrivateLiteral(place.url.hostname)) {
      reject(new PrivateAddressError(place.url.hostname));
      return;
    }
    request(place).once('response', accept).once('error', reject);
  });
}

function request({
  url,
  accept,
  allowPrivateAddresses,
  secureContext,
  signal,
}: DocumentPlace): ClientRequest {
  const options = {
    signal,
    agent: false as const,
    headers: { accept, 'accept-encoding': 'identity', connection: 'close' },
    lookup: allowPrivateAddresses ? undefined : publicLookup,
  };
  if (url.protocol === 'http:') return getHttp(url, options);
  if (secureContext === undefined) return getHttps(url, options);
  return getHttps(url, { ...options, agent: new HttpsAgent({ secureContext }) });
}

export interface WantedBody {
  readonly maxBytes: number;
  /** Throws for a head whose body is not wanted. */
  readonly checkHead: (response: IncomingMessage) => void;
}

/**
 * The whole body, and the end of the connection, however that went.
 * @throws DocumentTooLargeError as soon as more is announced or has come; what `checkHead` throws
 */
export async function bodyWithin(
  response: IncomingMessage,
  { maxBytes, checkHead }: WantedBody,
): Promise<Buffer> {
  try {
    checkHead(response);
    if (Number(response.headers['content-length']) > maxBytes) {
      throw new DocumentTooLargeError(maxBytes);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new DocumentTooLargeError(maxBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    response.destroy();
  }
}
