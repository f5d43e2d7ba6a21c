import { createServer, type Server } from 'node:net';
import {
  type HostLookUpReply,
  type PeerTrialReply,
  readHostLookUpReply,
  readPeerTrialReply,
} from '#contracts';
import { asksForFullInfo, type LedgerInfo, ledgerInfoEntry } from '#protocol';
import { administrator, alphaAdministrator, BtpPeer, type BtpPeerOptions } from '#testing';
import { dialsUs } from '../../../test/support/gateway/gateway-under-test';
import { dialsUsAs, weDialAt } from '../../../test/support/gateway/peer-documents';
import { PREFIX, RpcPeer, TOKEN } from '../../../test/support/gateway/rpc-peer';
import { RunTimeMeeting } from '../../../test/support/gateway/run-time-meeting';
import {
  foundUnder,
  ScriptedHost,
  WALLET1,
  WALLET2,
} from '../../../test/support/gateway/scripted-host';

const met = new RunTimeMeeting();

afterEach(() => met.part());

const INFO: LedgerInfo = {
  prefix: 'peer.ab.',
  currencyCode: 'usd',
  currencyScale: 9,
  connectors: ['peer.ab.server'],
};
const OK = {
  outcome: 'ok',
  prefix: 'peer.ab.',
  currencyCode: 'usd',
  currencyScale: 9,
  account: 'peer.ab.client',
};

const attempt = (document: object): Promise<PeerTrialReply> =>
  met.test.inside.ask('peerTrial', { document }, readPeerTrialReply);
const lookUp = (hostname: string): Promise<HostLookUpReply> =>
  met.test.inside.ask('hostLookUp', { hostname }, readHostLookUpReply);

async function bobs(options: Partial<BtpPeerOptions> = {}): Promise<BtpPeer> {
  const scripts = [administrator({ info: INFO, limit: () => 70n, balance: () => -5n })];
  const bob = await BtpPeer.listen({ token: 'bob-secret', scripts, ...options });
  met.whenParting(() => bob.close());
  return bob;
}

describe('a peer that is tried', () => {
  it('tells its ledger, limit and balance, and is hung up on; nothing is opened', async () => {
    const test = await met.start();
    const bob = await bobs();
    expect(await attempt(weDialAt('bob', bob.uri))).toEqual({ ...OK, limit: '70', balance: '-5' });
    expect(await bob.ended()).toEqual({ code: 1000, reason: 'the trial is over' });
    expect(test.inside.opened).toEqual([]);
    expect(test.inside.heard).toEqual([]);
    expect(test.standing('bob')).toBeUndefined();
    expect(test.gateway).toMatchObject({ metrics: { trials: { ok: 1 } } });
    expect(test.gateway.sessions()).toBe(0);
  });

  it('may speak BTP/alpha', async () => {
    await met.start();
    const scripts = [alphaAdministrator({ info: INFO, limit: () => 70n, balance: () => -5n })];
    const bob = await bobs({ btpVersion: 'BTP/alpha', scripts });
    const document = weDialAt('bob', bob.uri, { btpVersion: 'BTP/alpha' });
    expect(await attempt(document)).toEqual({ ...OK, limit: '70', balance: '-5' });
    const wrong = bob.uri.replace('bob-secret', 'wrong-secret');
    const refused = await attempt(weDialAt('bob', wrong, { btpVersion: 'BTP/alpha' }));
    expect(refused).toMatchObject({ outcome: 'failed', rule: 'refused' });
  });

  it('may say nothing of its limit and balance', async () => {
    await met.start();
    const bob = await bobs({
      scripts: [
        (request) => {
          const [asked] = request.protocolData;
          if (asked?.protocolName !== 'info') {
            return { error: 'NotAcceptedError' };
          }
          return asksForFullInfo(asked) ? { respond: [ledgerInfoEntry(INFO)] } : undefined;
        },
      ],
    });
    expect(await attempt(weDialAt('bob', bob.uri))).toEqual(OK);
  });

  it('may keep the ledger with us, and ask what we mean first', async () => {
    await met.start();
    const other = new RunTimeMeeting();
    met.whenParting(() => other.part());
    const ledger = { prefix: 'peer.ab.', currencyCode: 'USD', currencyScale: 9, maxBalance: null };
    const accounts = { account: 'server', peerAccount: 'client', minBalance: null };
    const settings = dialsUs('us', { authority: 'symmetric', ledger: { ...ledger, ...accounts } });
    const theirs = await other.start({ peers: [settings] });
    const uri = theirs.url.replace('ws://', 'btp+ws://:us-secret@');
    const document = weDialAt('them', uri, {
      authority: 'symmetric',
      ledger: { ...ledger, maxBalance: '1' },
    });
    expect(await attempt(document)).toMatchObject({ outcome: 'ok', prefix: 'peer.ab.' });
    await theirs.becomes('us', 'offline', 'closed by the peer with 1000');
  });

  it.each<[string, string, Partial<LedgerInfo>, object]>([
    ['currency', 'currencyCode is EUR', { currencyCode: 'EUR' }, {}],
    ['scale', 'currencyScale is 2', { currencyScale: 2 }, {}],
    ['prefix', 'prefix is peer.ab.', {}, { prefix: 'peer.other.' }],
    ['prefix', 'ends in a dot', { prefix: 'peer.ab' }, {}],
  ])('fails by its %s: %s', async (rule, message, info, ledger) => {
    await met.start();
    const said = JSON.stringify({ ...INFO, ...info });
    const bob = await bobs({
      scripts: [
        () => ({
          respond: [{ protocolName: 'info', contentType: 2, data: Buffer.from(said) }],
        }),
      ],
    });
    const wanted = { currencyCode: 'USD', currencyScale: 9, ...ledger };
    const reply = await attempt(weDialAt('bob', bob.uri, { ledger: wanted }));
    expect(reply).toMatchObject({ outcome: 'failed', rule });
    expect(JSON.stringify(reply)).toContain(message);
  });

  it('that refuses us is told so, without the token', async () => {
    const test = await met.start();
    const bob = await bobs();
    const reply = await attempt(weDialAt('bob', bob.uri.replace('bob-secret', 'wrong-secret')));
    expect(reply).toMatchObject({ outcome: 'failed', rule: 'refused' });
    expect(JSON.stringify([reply, test.log.lines])).not.toContain('-secret');
  });

  it('that says nothing of the ledger, or nothing at all, fails in time', async () => {
    const test = await met.start({ limits: { peerTrialMs: 4_000 } });
    const bob = await bobs({ scripts: [() => ({ error: 'NotAcceptedError' })] });
    const document = weDialAt('bob', bob.uri);
    expect(await attempt(document)).toMatchObject({ outcome: 'failed', rule: 'no-info' });
    bob.script(() => 'silence');
    expect(await attempt(document)).toMatchObject({ outcome: 'failed' });
    const deaf = await deafServer();
    const uri = `btp+ws://:x@127.0.0.1:${deaf}`;
    expect(await attempt(weDialAt('bob', uri))).toMatchObject({ rule: 'timed-out' });
    expect(test.gateway.metrics.trials['timed-out']).toBeGreaterThan(0);
    expect(test.gateway.sessions()).toBe(0);
  });

  it.each<[string, object]>([
    ['unreachable', weDialAt('bob', 'btp+ws://:x@127.0.0.1:1')],
    ['nothing-to-dial', dialsUsAs('bob')],
    ['not-a-peer-document', { id: 'bob', token: 'a-secret' }],
    ['not-a-peer-document', weDialAt('bob', 'btp+ws://:x@127.0.0.1:1', { colour: 'a-secret' })],
  ])('fails as %s', async (rule, document) => {
    const test = await met.start();
    const reply = await attempt(document);
    expect(reply).toMatchObject({ outcome: 'failed', rule });
    expect(JSON.stringify([reply, test.log.lines])).not.toContain('a-secret');
  });

  it('fails as tls where none is spoken', async () => {
    await met.start();
    const bob = await bobs();
    const document = weDialAt('bob', bob.uri.replace('btp+ws:', 'btp+wss:'));
    expect(await attempt(document)).toMatchObject({ outcome: 'failed', rule: 'tls' });
  });

  it('is not ourselves, whose sessions such a trial would end', async () => {
    const test = await met.start();
    const alice = await met.attach('alice');
    await test.becomes('alice', 'open');
    const uri = test.url.replace('ws://', 'btp+ws://:alice-secret@');
    const reply = await attempt(weDialAt('bob', uri));
    expect(reply).toMatchObject({ outcome: 'failed', rule: 'ourselves' });
    expect(alice.isConnected).toBe(true);
  });

  it('is one of few at a time', async () => {
    const test = await met.start({ limits: { peerTrialsAtOnce: 2, peerTrialMs: 4_000 } });
    const document = weDialAt('bob', `btp+ws://:x@127.0.0.1:${await deafServer()}`);
    const replies = await Promise.all([1, 2, 3, 4].map(() => attempt(document)));
    const rules = replies.map((reply) => (reply.outcome === 'ok' ? 'ok' : reply.rule));
    expect(rules.sort()).toEqual(['timed-out', 'timed-out', 'too-many', 'too-many']);
    expect(test.gateway.metrics.trials).toMatchObject({ 'too-many': 2, 'timed-out': 2 });
  });

  it('over RPC tells its limit, or that it does not know us', async () => {
    await met.start();
    const dora = await RpcPeer.listen();
    met.whenParting(() => dora.close());
    const { rpcUri, ledger } = dora.settings();
    const { account, peerAccount } = ledger;
    const known = { prefix: PREFIX, currencyCode: 'USD', currencyScale: 9, maxBalance: '1' };
    const document = {
      ...{ id: 'dora', transport: 'rpc', rpcUri, token: TOKEN, authority: 'symmetric' },
      ledger: { ...known, account, peerAccount },
    };
    expect(await attempt(document)).toMatchObject({
      outcome: 'ok',
      prefix: PREFIX,
      account: `${PREFIX}us`,
      limit: '1000',
      balance: '0',
    });
    expect(dora.heard.map(({ method }) => method)).toEqual(['get_limit', 'get_balance']);
    dora.script = () => ({ status: 403, body: `not ${TOKEN}` });
    const refused = await attempt(document);
    expect(refused).toMatchObject({ outcome: 'failed', rule: 'refused' });
    expect(JSON.stringify(refused)).not.toContain(TOKEN);
    dora.script = () => 'cut';
    expect(await attempt(document)).toMatchObject({ outcome: 'failed', rule: 'unreachable' });
  });

  it('is refused by a gateway that is given no question', async () => {
    const { inside } = await met.start();
    const asked = inside.ask('peerTrial', { token: 'a-secret' }, readPeerTrialReply);
    await expect(asked).rejects.toMatchObject({ code: 'malformed' });
  });
});

describe('a host that is looked up', () => {
  const hosts = async (): Promise<ScriptedHost> => {
    const host = await ScriptedHost.listen();
    met.whenParting(() => host.close());
    return host;
  };

  it('is found with its key and its URIs; nobody is peered with', async () => {
    const test = await met.start({ webfinger: foundUnder('wallet1.example') });
    const host = await hosts();
    host.shows({ peersRpcUri: 'http://127.0.0.1:1/rpc', btpUri: 'btp+wss://wallet2.example' });
    expect(await lookUp(` http://${host.hostname.toUpperCase()}/ `)).toEqual({
      outcome: 'found',
      publicKey: WALLET2.publicKey,
      ownPublicKey: WALLET1.publicKey,
      peersRpcUri: 'http://127.0.0.1:1/rpc',
      btpUri: 'btp+wss://wallet2.example',
    });
    expect(test.inside.opened).toEqual([]);
    expect(test.gateway.metrics.lookUps.found).toBe(1);
    expect(test.gateway.peers()).toBe(1);
  });

  it.each<[string, (host: ScriptedHost) => void]>([
    [
      'ourselves',
      (host) => {
        host.shows({ publicKey: WALLET1.publicKey, peersRpcUri: 'http://a' });
      },
    ],
    [
      'status',
      (host) => {
        host.says('', 404);
      },
    ],
    [
      'not-json',
      (host) => {
        host.says('<html>');
      },
    ],
    [
      'missing',
      (host) => {
        host.says('{}');
      },
    ],
    [
      'no-agreement',
      (host) => {
        const publicKey = Buffer.alloc(32).fill(1, 0, 1).toString('base64url');
        host.shows({ publicKey, peersRpcUri: 'http://a' });
      },
    ],
    [
      'no-common-transport',
      (host) => {
        host.shows({ btpUri: 'btp+wss://wallet2.example' });
      },
    ],
    ['timeout', (host) => (host.answer = () => undefined)],
  ])('fails as %s', async (rule, script) => {
    const hurry = rule === 'timeout' ? { timeoutMs: 200 } : {};
    await met.start({ webfinger: foundUnder('wallet1.example', hurry) });
    const host = await hosts();
    script(host);
    expect(await lookUp(host.hostname)).toMatchObject({ outcome: 'failed', rule });
  });

  it.each([
    ['ourselves', 'wallet1.example'],
    ['not-a-hostname', 'no host'],
    ['private-address', 'localhost:1'],
  ])('fails as %s without being asked', async (rule, hostname) => {
    const identity = foundUnder('wallet1.example', { allowPrivateAddresses: false });
    await met.start({ webfinger: identity });
    expect(await lookUp(hostname)).toMatchObject({ outcome: 'failed', rule });
  });

  it('fails as off where nobody is looked up', async () => {
    await met.start();
    expect(await lookUp('wallet2.example')).toMatchObject({ outcome: 'failed', rule: 'off' });
  });

  it('is asked by one of the gateways, and by the other when that one leaves', async () => {
    const test = await met.start({ webfinger: foundUnder('wallet1.example') });
    const second = await test.another();
    const host = await hosts();
    host.shows({ peersRpcUri: 'http://127.0.0.1:1/rpc' });
    await Promise.all(Array.from({ length: 10 }, () => lookUp(host.hostname)));
    expect(host.asked).toBe(10);
    const [one, other] = [test, second].map(({ gateway }) => gateway.metrics.lookUps.found);
    expect((one ?? 0) + (other ?? 0)).toBe(10);
    second.gateway.stopAccepting();
    await Promise.all(Array.from({ length: 10 }, () => lookUp(host.hostname)));
    expect(host.asked).toBe(20);
  });

  it('is one of few at a time', async () => {
    const webfinger = foundUnder('wallet1.example', { timeoutMs: 4_000 });
    await met.start({ webfinger, limits: { lookUpsAtOnce: 2 } });
    const host = await hosts();
    host.answer = () => undefined;
    const replies = await Promise.all([1, 2, 3].map(() => lookUp(host.hostname)));
    const rules = replies.map((reply) => (reply.outcome === 'found' ? 'found' : reply.rule));
    expect(rules.sort()).toEqual(['timeout', 'timeout', 'too-many']);
  });
});

/** Takes connections and says nothing. */
async function deafServer(): Promise<number> {
  const server: Server = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a port');
  met.whenParting(() => new Promise((resolve) => server.close(resolve)));
  return address.port;
}
