import { createServer, type RequestListener } from 'node:http';
import type { PeerSettings, WebFingerSettings } from '#platform';
import { type HostResource, hostDocument } from '#protocol';
import type { WebFingerIdentity } from '../../../apps/btp-gateway/src/webfinger/webfinger';
import { ownIdentity } from '../../../apps/btp-gateway/src/webfinger/own-identity';
import { dialsUs } from './gateway-under-test';

/** The first vector of two connectors that derive what they share. */
export const WALLET1 = {
  secret: '6_tATx-i-mpd9vioP1_PQl_abozP6njhVwjjgT2tlfc',
  publicKey: 'oUIDbWnsORM624XKxEkwa3nqf5mqUfdxCVmAzTBgizo',
};
export const WALLET2 = {
  secret: '0dlNqbpVGM2-zZU4__lwf-gaMefqqM5NU1qkqd71Oyg',
  publicKey: 'ERvjqWwr9qqpVHUyDxMTPCfBmXr-62Y7nAxWWv-5mmw',
};
export const SHARED = {
  prefix: 'peer.pjjQz.usd.9.',
  authToken: '6QTbSuML-4cjTZpSwOr1C6bSNMAQPP_elETAHk_bCuE',
};
/** A key that is neither's. */
export const STRANGERS_KEY = 'Ivsltficn6wCUiDAoo8gCR0CO5yWb3KBED1a9GrHGwk';

export const JRD = { 'content-type': 'application/jrd+json' };

/** A peer that is looked up at `hostname`, in the currency of the vector. */
export function lookedUp(
  id: string,
  hostname: string,
  change: Partial<PeerSettings> = {},
): PeerSettings {
  return dialsUs(id, {
    discovery: 'webfinger',
    hostname,
    socket: 'client',
    tokenDigest: undefined,
    authority: 'symmetric',
    ledger: {
      prefix: undefined,
      currencyCode: 'USD',
      currencyScale: 9,
      account: '',
      peerAccount: '',
      maxBalance: 1_000_000n,
      minBalance: null,
    },
    ...change,
  });
}

/** A gateway that is found under `hostname`, as the first of the two wallets unless told otherwise. */
export function foundUnder(
  hostname: string,
  change: Partial<WebFingerSettings> = {},
): WebFingerIdentity {
  const settings: WebFingerSettings = {
    hostname,
    secret: WALLET1.secret,
    title: 'Wallet One',
    publicRpcUri: `http://${hostname}/rpc`,
    publicBtpUri: undefined,
    timeoutMs: 20_000,
    maxBytes: 65_536,
    allowPrivateAddresses: true,
    retryMs: 100,
    cacheMs: 100,
    ...change,
  };
  const own = ownIdentity(settings, settings.secret);
  if (own === undefined) throw new TypeError('a gateway without a hostname is not found');
  return { own, settings };
}

/** The page of a host, as the second of the two wallets shows it. */
export function pageOf(hostname: string, change: Partial<HostResource> = {}): string {
  const document = hostDocument({
    hostname,
    publicKey: WALLET2.publicKey,
    title: 'Wallet Two',
    protocolVersion: 'Compatible: ilp-kit v4.0.0',
    ledgerUri: `http://${hostname}/ledger`,
    settlementMethodsUri: `http://${hostname}/settlement_methods`,
    ...change,
  });
  return JSON.stringify(document);
}

/** A host whose resource is what a test makes it, over plain HTTP as on localhost. */
export class ScriptedHost {
  asked = 0;
  answer: RequestListener = (_, response) => response.writeHead(404).end();
  private readonly server = createServer((request, response) => {
    this.asked += 1;
    this.answer(request, response);
  });

  hostname = '';

  static async listen(): Promise<ScriptedHost> {
    const host = new ScriptedHost();
    const { server } = host;
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    host.hostname = `localhost:${address.port}`;
    return host;
  }

  /** Shows the page of the second wallet. */
  shows(change: Partial<HostResource>): void {
    this.says(pageOf(this.hostname, change));
  }

  says(text: string, status = 200): void {
    this.answer = (_, response) => response.writeHead(status, JRD).end(text);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
