import type { IncomingMessage, ServerResponse } from 'node:http';
import { asksForHost, hostDocument, httpOrigin, WEBFINGER_PATH } from '#protocol';
import type { OwnIdentity } from './own-identity';

/** What peers of old are looking for, who speak to nobody else. */
const PROTOCOL_VERSION = 'Compatible: ilp-kit v4.0.0';
const HEADERS = { 'access-control-allow-origin': '*', connection: 'close' };

/** What we say of our host to whoever looks it up (SPEC §8.3). Nothing in it is secret. */
export class HostPage {
  private readonly document: Buffer;

  constructor(private readonly own: OwnIdentity) {
    const { hostname, publicKey, title, rpcUri, btpUri } = own;
    const origin = httpOrigin(hostname);
    const described = hostDocument({
      hostname,
      publicKey,
      title,
      protocolVersion: PROTOCOL_VERSION,
      ledgerUri: `${origin}/ledger`,
      settlementMethodsUri: `${origin}/settlement_methods`,
      peersRpcUri: rpcUri,
      ...(btpUri === undefined ? {} : { btpUri }),
    });
    this.document = Buffer.from(JSON.stringify(described));
  }

  /** @returns whether the request is one for this page */
  receive({ url = '', method }: IncomingMessage, response: ServerResponse): boolean {
    const mark = url.indexOf('?');
    const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
    if (path !== WEBFINGER_PATH) return false;
    if (method !== 'GET') response.writeHead(405, { ...HEADERS, allow: 'GET' }).end();
    else if (asksForHost(query, this.own.hostname)) this.show(response);
    else response.writeHead(404, HEADERS).end();
    return true;
  }

  private show(response: ServerResponse): void {
    const { document } = this;
    response
      .writeHead(200, {
        ...HEADERS,
        'content-type': 'application/jrd+json',
        'content-length': document.length,
      })
      .end(document);
  }
}
