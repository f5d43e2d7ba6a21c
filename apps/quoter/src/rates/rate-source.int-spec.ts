import { gzipSync } from 'node:zlib';
import type { HttpRateSettings } from '#platform';
import { ecbSheet, ScriptedSource } from '../../test/scripted-source';
import { httpRateSource, sourceName } from './rate-source';

let source: ScriptedSource;
beforeEach(async () => {
  source = await ScriptedSource.start();
});
afterEach(() => source.close());

const fetched = (more: Partial<HttpRateSettings> = {}, ending = new AbortController().signal) =>
  httpRateSource({
    url: source.url,
    format: 'ecb',
    path: '',
    base: 'EUR',
    pollMs: 1_000,
    timeoutMs: 20_000,
    maxBytes: 4_096,
    retryMinMs: 10,
    retryMaxMs: 100,
    maxAgeMs: 10_000,
    allowPrivateAddresses: true,
    ...more,
  }).fetch(1_795_305_600_000, ending);

const json = { format: 'json', path: 'data.rates', base: 'USD' } as const;

test('the sheet of the ECB is fetched, and says where it came from', async () => {
  source.saysDollar('1.0592');
  expect(await fetched({ url: `${source.url}?key=secret` })).toEqual({
    source: source.url,
    fetchedAtMs: 1_795_305_600_000,
    publishedAt: '2026-11-20',
    base: 'EUR',
    rates: { USD: '1.0592' },
  });
});

test('JSON is fetched with the digits that it has', async () => {
  source.says(
    '{"data":{"rates":{"EUR":0.9441,"JPY":"154.10"}}}',
    'application/json; charset=utf-8',
  );
  expect(await fetched(json)).toMatchObject({
    base: 'USD',
    rates: { EUR: '0.9441', JPY: '154.1' },
  });
});

test('a source is asked for what is wanted, uncompressed', async () => {
  const heard: unknown[] = [];
  source.answer = ({ headers, method, url }, response) => {
    heard.push(method, url, headers.accept, headers['accept-encoding']);
    response.writeHead(404).end();
  };
  await expect(fetched({ url: `${source.url}?key=k` })).rejects.toMatchObject({ rule: 'status' });
  expect(heard).toEqual(['GET', '/daily?key=k', 'text/xml, application/xml', 'identity']);
});

const XML = 'application/xml';
const refusals: [what: string, script: (source: ScriptedSource) => void, rule: string][] = [
  [
    'an error',
    (it) => {
      it.fails(500);
    },
    'status',
  ],
  [
    'nothing new',
    (it) => {
      it.fails(304);
    },
    'redirect',
  ],
  [
    'a redirect',
    (it) => {
      it.answer = (_, r) => r.writeHead(302, { location: '/' }).end();
    },
    'redirect',
  ],
  [
    'HTML',
    (it) => {
      it.says('<html/>', 'text/html');
    },
    'content-type',
  ],
  [
    'JSON instead of XML',
    (it) => {
      it.says('{}', 'application/json');
    },
    'content-type',
  ],
  [
    'HTML that says that it is XML',
    (it) => {
      it.says('<html></html>', XML);
    },
    'not-ecb',
  ],
  [
    'what is no XML',
    (it) => {
      it.says('rates!', XML);
    },
    'not-xml',
  ],
  [
    'a negative rate',
    (it) => {
      it.saysDollar('-1.05');
    },
    'negative',
  ],
  [
    'a rate of zero',
    (it) => {
      it.saysDollar('0.0');
    },
    'zero',
  ],
  [
    'an absurd rate',
    (it) => {
      it.saysDollar('1e25');
    },
    'out-of-range',
  ],
  [
    'no rates',
    (it) => {
      it.says(ecbSheet([], '2026-11-20'), XML);
    },
    'no-rates',
  ],
  [
    'a long answer',
    (it) => {
      it.says(' '.repeat(5_000), XML);
    },
    'too-large',
  ],
  [
    'compression',
    (it) => {
      it.answer = (_, r) =>
        r.writeHead(200, { 'content-type': XML, 'content-encoding': 'gzip' }).end(gzipSync('x'));
    },
    'encoding',
  ],
  [
    'what is not UTF-8',
    (it) => {
      it.says(Buffer.from([0x3c, 0xff, 0xfe]), XML);
    },
    'encoding',
  ],
  [
    'a connection that ends',
    (it) => {
      it.answer = (request) => request.socket.destroy();
    },
    'unreachable',
  ],
  [
    'half an answer',
    (it) => {
      it.answer = (request, r) => {
        r.writeHead(200, { 'content-type': XML, 'content-length': '100' }).write('<', () => {
          request.socket.destroy();
        });
      };
    },
    'unreachable',
  ],
];

test.each(refusals)('%s is refused', async (_what, script, rule) => {
  script(source);
  await expect(fetched()).rejects.toMatchObject({ rule });
});

test.each([
  ['half a document', '{"data":{"rates":{"EUR":0.9', 'not-json'],
  ['another document', '{"rates":{"EUR":0.9}}', 'missing'],
  ['a list', '{"data":{"rates":[["EUR",0.9]]}}', 'not-an-object'],
  ['a negative rate', '{"data":{"rates":{"EUR":-0.9}}}', 'negative'],
  ['a rate of zero', '{"data":{"rates":{"EUR":0e5}}}', 'zero'],
  ['no number', '{"data":{"rates":{"EUR":null}}}', 'not-a-number'],
  ['no rates', '{"data":{"rates":{}}}', 'no-rates'],
  ['a currency twice', '{"data":{"rates":{"EUR":0.9,"EUR":0.8}}}', 'twice'],
])('JSON with %s is refused', async (_what, body, rule) => {
  source.says(body, 'application/json');
  await expect(fetched(json)).rejects.toMatchObject({ rule });
});

test('an answer without end is cut off at its greatest length', async () => {
  const cut = new Promise((resolve) => {
    source.answer = (_, response) => {
      response.once('close', resolve).writeHead(200, { 'content-type': XML });
      response.write(' '.repeat(1_000_000));
    };
  });
  await expect(fetched()).rejects.toMatchObject({ rule: 'too-large' });
  await cut;
});

test('nobody waits longer than he said, neither for the head nor for the rest', async () => {
  await expect(fetched({ timeoutMs: 50 })).rejects.toMatchObject({ rule: 'timeout' });
  source.answer = (_, response) => {
    response.writeHead(200, { 'content-type': XML }).write('<');
  };
  await expect(fetched({ timeoutMs: 50 })).rejects.toMatchObject({ rule: 'timeout' });
});

test('whoever ends does not wait at all', async () => {
  const ending = new AbortController();
  source.answer = () => {
    ending.abort();
  };
  await expect(fetched({}, ending.signal)).rejects.toMatchObject({ rule: 'unreachable' });
});

test('a source that is down is told from one that refuses', async () => {
  await source.close();
  await expect(fetched()).rejects.toMatchObject({
    rule: 'unreachable',
    message: expect.stringContaining('ECONNREFUSED') as string,
  });
  source = await ScriptedSource.start();
});

test('our own network is not reached unless that is allowed', async () => {
  source.saysDollar('1.0592');
  const guarded = { allowPrivateAddresses: false };
  await expect(fetched(guarded)).rejects.toMatchObject({ rule: 'private-address' });
  const url = source.url.replace('127.0.0.1', 'localhost');
  await expect(fetched({ ...guarded, url })).rejects.toMatchObject({ rule: 'private-address' });
  expect(source.asked).toBe(0);
});

test('errors and names do not tell the key in the query', async () => {
  expect(sourceName('https://rates.example/v1/latest?app_id=secret')).toBe(
    'https://rates.example/v1/latest',
  );
  source.fails();
  const error: unknown = await fetched({ url: `${source.url}?key=secret` }).catch(
    (e: unknown) => e,
  );
  expect(String(error)).not.toContain('secret');
});
