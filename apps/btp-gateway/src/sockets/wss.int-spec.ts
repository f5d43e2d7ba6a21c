import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createDoor,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer, type Server } from 'node:tls';
import type { GatewaySettings, PeerSettings } from '#platform';
import { authMessage, decodeBtp, encodeBtp, infoRequest } from '#protocol';
import { administrator, BtpPeer } from '#testing';
import { WebSocket } from 'ws';
import { Authority, type Issued } from '../../../../test/support/certificates';
import {
  dialsUs,
  GatewayUnderTest,
  weDial,
} from '../../../../test/support/gateway/gateway-under-test';
import { SessionKit } from '../../../../test/support/gateway/session-kit';
import type { GatewayLimits } from '../gateway-limits';
import { CertificateFiles } from './certificate-files';
import { BtpListener } from './listener';
import { TurnCork } from './turn-cork';

const WITHIN_MS = 20_000;
const POLL_MS = 5;

const authority = new Authority('the authority of the tests');
const folder = mkdtempSync(join(tmpdir(), 'causeway-wss-'));
const certFile = join(folder, 'cert.pem');
const keyFile = join(folder, 'key.pem');
const caFile = join(folder, 'ca.pem');

let test: GatewayUnderTest | undefined;
let closing: (() => unknown)[] = [];

beforeAll(() => {
  writeFileSync(caFile, authority.cert);
});
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
  await test?.stop();
  test = undefined;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function install({ cert, key }: Issued): void {
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
}

async function start(
  limits: Partial<GatewayLimits> = {},
  peers: readonly PeerSettings[] = [dialsUs('alice')],
  gateway: Partial<GatewaySettings> = { tls: { certFile, keyFile, reloadMs: 20 } },
): Promise<GatewayUnderTest> {
  test = await GatewayUnderTest.startAs({ peers, limits, gateway });
  return test;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Whoever is dropped may see an error first, which `once` would throw. */
function closed(stream: Socket): Promise<void> {
  stream.on('error', () => undefined);
  return new Promise((resolve) => {
    stream.once('close', () => {
      resolve();
    });
  });
}

/** Asks one question after the other on a session of alice's. */
async function aliceAt(url: string): Promise<(requestId: number) => Promise<string>> {
  const socket = new WebSocket(url, { ca: authority.cert });
  closing.push(() => {
    socket.terminate();
  });
  await once(socket, 'open');
  const ask = async (frame: Buffer): Promise<string> => {
    socket.send(frame);
    const [data] = (await once(socket, 'message')) as [Buffer];
    return decodeBtp(data).type;
  };
  expect(await ask(encodeBtp(authMessage(1, '', 'alice-secret')))).toBe('response');
  return (requestId) =>
    ask(encodeBtp({ type: 'message', requestId, protocolData: [infoRequest('full')] }));
}

/** Whose certificate a new connection gets to see. */
async function shown(url: string): Promise<unknown> {
  const { port } = new URL(url);
  const stream = connectTls({ port: Number(port), host: '127.0.0.1', ca: authority.cert });
  await once(stream, 'secureConnect');
  const { subject } = stream.getPeerCertificate();
  stream.destroy();
  return subject.CN;
}

describe('a gateway with a certificate', () => {
  it('is dialled by wss', async () => {
    install(authority.issue('first'));
    const { url, gateway } = await start();
    expect(url).toMatch(/^wss:\/\/127\.0\.0\.1:\d+$/);
    const ask = await aliceAt(url);
    expect(await ask(2)).toBe('response');
    expect(gateway.unauthenticatedSockets()).toBe(0);
    const inAMonth = Date.now() + 31 * 86_400_000;
    expect(gateway.certificateExpiresAtMs()).toBeGreaterThan(Date.now());
    expect(gateway.certificateExpiresAtMs()).toBeLessThan(inAMonth);
  });

  it('shows a new one to new connections, and keeps the sessions that there are', async () => {
    install(authority.issue('first'));
    const { url, gateway } = await start();
    const ask = await aliceAt(url);
    expect(await shown(url)).toBe('first');
    install(authority.issue('second'));
    await until(async () => (await shown(url)) === 'second');
    expect(gateway.metrics.certificates).toEqual({ loaded: 1, failed: 0 });
    expect(await ask(2)).toBe('response');
  });

  it('keeps the old one when the new one is of no use, says so once, and takes the next', async () => {
    install(authority.issue('first'));
    const { url, gateway, log } = await start();
    writeFileSync(certFile, authority.issue('another').cert);
    await until(() => gateway.metrics.certificates.failed === 1);
    expect(await shown(url)).toBe('first');
    expect(log.messages('error')).toEqual(['the new certificate is of no use; the old one stays']);
    install(authority.issue('third'));
    await until(async () => (await shown(url)) === 'third');
    expect(gateway.metrics.certificates).toEqual({ loaded: 1, failed: 1 });
  });

  it.each([
    ['never begin', ''],
    ['speak plain HTTP', 'GET / HTTP/1.1\r\n\r\n'],
  ])('drops connections whose handshakes %s', async (_, text) => {
    install(authority.issue('first'));
    const { url, gateway } = await start({ tlsHandshakeMs: 200 });
    const stream = connectTcp(Number(new URL(url).port), '127.0.0.1');
    const gone = closed(stream);
    stream.resume();
    stream.write(text);
    await gone;
    await until(() => gateway.unauthenticatedSockets() === 0);
    expect(gateway.metrics.admissions['no-tls']).toBe(1);
  });

  it('speaks nothing older than TLS 1.2', async () => {
    install(authority.issue('first'));
    const { url } = await start();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    const stream = connectTls({ ...old, port: Number(new URL(url).port), ca: authority.cert });
    const [error] = (await once(stream, 'error')) as [Error];
    expect(error.message).toMatch(/protocol version/i);
    stream.destroy();
  });

  it('counts those without TLS as guests', async () => {
    install(authority.issue('first'));
    const { url, gateway } = await start({ unauthenticatedSockets: 2, tlsHandshakeMs: 60_000 });
    const port = Number(new URL(url).port);
    const silent = connectTcp(port, '127.0.0.1');
    silent.resume();
    await until(() => gateway.unauthenticatedSockets() === 1);
    const gone = closed(silent);
    for (let place = 0; place < 2; place += 1) {
      const stream = connectTcp(port, '127.0.0.1');
      closing.push(() => stream.destroy());
      await once(stream, 'connect');
    }
    await gone;
    const ask = await aliceAt(url);
    expect(await ask(2)).toBe('response');
  });
});

describe('a listener with a certificate that is handed its connections', () => {
  it('speaks TLS on them', async () => {
    install(authority.issue('first'));
    const kit = new SessionKit();
    const { metrics, log, limits } = kit;
    const files = { certFile, keyFile, reloadMs: 1_000 };
    const listener = new BtpListener({
      limits,
      metrics,
      log,
      clock: Date.now,
      cork: new TurnCork(),
      certificate: new CertificateFiles({ files, metrics, log }),
      alphaPath: '/alpha',
      recognise: () => dialsUs('alice'),
      admit: () => kit.session,
    });
    listener.expectHanded();
    const door = createDoor({ pauseOnConnect: true }, (stream) => {
      listener.take(stream);
    });
    await once(door.listen(0, '127.0.0.1'), 'listening');
    closing.push(
      () => door.close(),
      () => {
        listener.stop();
      },
    );
    const { port } = door.address() as AddressInfo;
    await aliceAt(`wss://127.0.0.1:${port}`);
    expect(metrics.admissions.accepted).toBe(1);
    expect(listener.unauthenticated).toBe(0);
  });
});

describe('a peer that we dial by wss', () => {
  const INFO = { prefix: 'peer.ab.', currencyCode: 'USD', currencyScale: 9, connectors: [] };

  /** Bob behind TLS with a certificate; where to dial him. */
  async function bobWith({ cert, key }: Issued): Promise<PeerSettings> {
    const bob = await BtpPeer.listen({ token: 't', scripts: [administrator({ info: INFO })] });
    const server: Server = createServer({ cert, key }, (stream) => {
      const behind = connectTcp(bob.port, '127.0.0.1');
      for (const side of [stream, behind]) side.on('error', () => undefined);
      stream.pipe(behind).pipe(stream);
    });
    server.on('tlsClientError', () => undefined);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(
      () => bob.close(),
      () => server.close(),
    );
    const { port } = server.address() as AddressInfo;
    return weDial('bob', `btp+wss://:t@127.0.0.1:${port}`);
  }

  it('is believed when an authority of the operator’s vouches for it', async () => {
    const bob = await bobWith(authority.issue('bob'));
    await start({}, [bob], { trustedCaFile: caFile });
    await test?.becomes('bob', 'open');
  });

  it.each<[string, () => Issued, GatewaySettings['trustedCaFile'], RegExp]>([
    ['nobody vouches for it', () => authority.issue('bob'), undefined, /certificate/],
    [
      'somebody else does than whom we trust',
      () => new Authority('stranger').issue('bob'),
      caFile,
      /certificate/,
    ],
    ['its certificate has ended', () => authority.issue('bob', -1), caFile, /expired/],
  ])('is refused when %s, and its state says why', async (_, issue, trustedCaFile, why) => {
    const bob = await bobWith(issue());
    await start({}, [bob], { trustedCaFile });
    const standing = await test?.becomes('bob', 'offline', 'certificate refused: ');
    expect(standing?.reason).toMatch(why);
  });
});
