import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { hostDocument } from '#protocol';
import { Authority } from '../../../../test/support/certificates';
import { fetchHostResource, type LookUpOptions } from './fetch-host-resource';
import { LookUpError, type LookUpRule } from './look-up-error';

const KEY = 'oUIDbWnsORM624XKxEkwa3nqf5mqUfdxCVmAzTBgizo';
const JRD = { 'content-type': 'application/jrd+json; charset=utf-8' };

const document = (hostname: string): string =>
  JSON.stringify(
    hostDocument({
      hostname,
      publicKey: KEY,
      title: 'Wallet One',
      protocolVersion: 'Compatible: ilp-kit v4.0.0',
      ledgerUri: `https://${hostname}/ledger`,
      peersRpcUri: `https://${hostname}/rpc`,
      settlementMethodsUri: `https://${hostname}/settlement_methods`,
    }),
  );

const options: LookUpOptions = {
  timeoutMs: 20_000,
  maxBytes: 65_536,
  allowPrivateAddresses: true,
  secureContext: createSecureContext(),
};

let server: Server | SecureServer | undefined;

async function serve(answer: RequestListener): Promise<string> {
  return `localhost:${await listen(createServer(answer))}`;
}

async function listen(listening: Server | SecureServer): Promise<number> {
  server = listening;
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

afterEach(async () => {
  const closing = server;
  server = undefined;
  if (closing === undefined) return;
  closing.closeAllConnections();
  await new Promise((resolve) => {
    closing.close(resolve);
  });
});

it('asks for the host as peers of old do, and reads the answer', async () => {
  const asked: unknown[] = [];
  const hostname = await serve((request, response) => {
    asked.push([request.method, request.url, request.headers.accept]);
    response.writeHead(200, JRD).end(document('localhost'));
  });
  expect(await fetchHostResource(hostname, options)).toEqual({
    publicKey: KEY,
    peersRpcUri: 'https://localhost/rpc',
  });
  expect(asked).toEqual([
    [
      'GET',
      `/.well-known/webfinger?resource=https://${hostname}`,
      'application/jrd+json, application/json',
    ],
  ]);
});

interface Refusal {
  readonly what: string;
  readonly rule: LookUpRule;
  readonly answer: RequestListener;
  readonly change?: Partial<LookUpOptions>;
}

const page = (status: number, headers: Record<string, string>, body = ''): RequestListener => {
  return (_, response) => response.writeHead(status, headers).end(body);
};

const refusals: readonly Refusal[] = [
  { what: 'a status that is not 200', rule: 'status', answer: page(404, {}) },
  {
    what: 'a page of another type',
    rule: 'content-type',
    answer: page(200, { 'content-type': 'text/html' }, '{}'),
  },
  { what: 'no type at all', rule: 'content-type', answer: page(200, {}, document('localhost')) },
  { what: 'too much', rule: 'too-large', answer: page(200, JRD, ' '.repeat(70_000)) },
  {
    what: 'a redirect to http',
    rule: 'redirect',
    answer: page(302, { location: 'http://localhost/x' }),
  },
  { what: 'a redirect to nowhere', rule: 'redirect', answer: page(301, {}) },
  {
    what: 'a body that never ends',
    rule: 'timeout',
    answer: (_, response) => response.writeHead(200, JRD).write('{'),
    change: { timeoutMs: 200 },
  },
  { what: 'silence', rule: 'timeout', answer: () => undefined, change: { timeoutMs: 200 } },
  {
    what: 'an address that is private',
    rule: 'private-address',
    answer: page(200, JRD, document('localhost')),
    change: { allowPrivateAddresses: false },
  },
];

it.each(refusals)('refuses $what', async ({ rule, answer, change }) => {
  const hostname = await serve(answer);
  const looked = fetchHostResource(hostname, { ...options, ...change });
  await expect(looked).rejects.toBeInstanceOf(LookUpError);
  await expect(looked).rejects.toMatchObject({ rule });
});

it('refuses a private address that is written as a number', async () => {
  const looked = fetchHostResource('127.0.0.1:1', { ...options, allowPrivateAddresses: false });
  await expect(looked).rejects.toMatchObject({ rule: 'private-address' });
});

it('says so when nobody is there', async () => {
  const looked = fetchHostResource('localhost:1', options);
  await expect(looked).rejects.toMatchObject({ rule: 'unreachable' });
});

describe('a host that is no localhost', () => {
  const authority = new Authority('operator');
  const serveSecurely = async (): Promise<string> => {
    const secure = createSecureServer(
      authority.issue('wallet'),
      page(200, JRD, document('wallet')),
    );
    secure.on('tlsClientError', () => undefined);
    return `127.0.0.1:${await listen(secure)}`;
  };

  it('is looked up by https, and believed if an authority that we trust vouches for it', async () => {
    const secureContext = createSecureContext({ ca: authority.cert });
    const looked = fetchHostResource(await serveSecurely(), { ...options, secureContext });
    await expect(looked).resolves.toMatchObject({ publicKey: KEY });
  });

  it('is not believed if none does', async () => {
    const looked = fetchHostResource(await serveSecurely(), options);
    await expect(looked).rejects.toMatchObject({ rule: 'certificate' });
  });

  it('is not looked up without https', async () => {
    const port = await listen(createServer(page(200, JRD, document('wallet'))));
    const looked = fetchHostResource(`127.0.0.1:${port}`, options);
    await expect(looked).rejects.toBeInstanceOf(LookUpError);
  });
});
