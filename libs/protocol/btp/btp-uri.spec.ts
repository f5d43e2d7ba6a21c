import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { failureOf } from '../../../test/interop/codec-failures';
import { alphaCredentials, alphaWebSocketUrl } from './alpha-url';
import {
  type BtpUri,
  BtpUriError,
  type BtpUriRule,
  effectivePort,
  formatBtpUri,
  parseBtpUri,
  webSocketUrl,
} from './btp-uri';

interface HistoricUri {
  readonly auth_username?: string;
  readonly auth_token?: string;
  readonly websocket_url?: string;
  readonly error?: string;
}

interface Vectors {
  readonly btp_uri: readonly { readonly uri: string; readonly historic: HistoricUri }[];
  readonly alpha_url: readonly { readonly uri: string; readonly websocket_url: string }[];
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as Vectors;

describe('parseBtpUri', () => {
  // SPEC §5.9, row by row.
  it.each([
    ['btp+ws://localhost:8000', '', '', 'ws://localhost:8000'],
    [
      'btp+wss://someUsername:someToken@amundsen.michielbdejong.com/api/17q3',
      'someUsername',
      'someToken',
      'wss://amundsen.michielbdejong.com/api/17q3',
    ],
    ['btp+wss://alice@example.com', 'alice', '', 'wss://example.com'],
    ['btp+wss://:someToken@example.com:1801/x', '', 'someToken', 'wss://example.com:1801/x'],
    ['btp+ws://a%40b:c%3Ad@example.com:1/', 'a@b', 'c:d', 'ws://example.com:1/'],
    ['btp+wss://[::1]:7768/btp', '', '', 'wss://[::1]:7768/btp'],
  ])('reads %s', (text, username, token, url) => {
    const uri = parseBtpUri(text);
    expect(uri).toMatchObject({ username, token });
    expect(webSocketUrl(uri)).toBe(url);
  });

  it.each<[string, BtpUriRule]>([
    ['ws://localhost:8000', 'scheme'],
    ['btp+http://localhost', 'scheme'],
    ['btp+wss//missing.colon', 'scheme'],
    ['', 'scheme'],
    ['btp+ws://', 'hostname'],
    ['btp+ws:///path', 'hostname'],
    ['btp+ws://user:tok@', 'hostname'],
    ['btp+ws://:8000', 'hostname'],
    ['btp+ws://example.com:99999', 'port'],
    ['btp+ws://user:to/ken@example.com', 'port'],
  ])('refuses %s: %s', (text, rule) => {
    expect(failureOf(() => parseBtpUri(text))).toMatchObject({ name: 'BtpUriError', rule });
  });

  // Node's URL parser lets this one pass, SPEC §5.9 does not.
  const stricter = ['btp+ws:///path'];

  it.each(vectors.btp_uri.filter(({ uri }) => !stricter.includes(uri)))(
    'agrees with the historic peers on $uri',
    ({ uri, historic }) => {
      if (historic.error !== undefined) {
        expect(failureOf(() => parseBtpUri(uri))).toBeInstanceOf(BtpUriError);
        return;
      }
      const parsed = parseBtpUri(uri);
      expect(parsed.username).toBe(historic.auth_username);
      expect(parsed.token).toBe(historic.auth_token);
      expect(webSocketUrl(parsed)).toBe(historic.websocket_url);
    },
  );

  it('splits at the first colon and keeps the others in the token', () => {
    expect(parseBtpUri('btp+ws://u:a:b:c@h')).toMatchObject({ username: 'u', token: 'a:b:c' });
  });

  it('takes scheme and host in any case, and the path as it stands', () => {
    const uri = parseBtpUri('BTP+WSS://Example.COM/API/a%2Fb/?Q=1&r=%20');
    expect(uri).toEqual({
      scheme: 'wss',
      username: '',
      token: '',
      host: 'example.com',
      port: undefined,
      path: '/API/a%2Fb/?Q=1&r=%20',
    });
  });

  it('knows the port that a scheme stands for', () => {
    expect(effectivePort(parseBtpUri('btp+ws://h'))).toBe(80);
    expect(effectivePort(parseBtpUri('btp+wss://h'))).toBe(443);
    expect(effectivePort(parseBtpUri('btp+wss://h:7768'))).toBe(7768);
  });

  it.each(['127.0.0.1', 'a', 'my_host', 'xn--bcher-kva.example', 'host.', '[2001:DB8::1]', '[::]'])(
    'takes the host %s',
    (host) => {
      expect(parseBtpUri(`btp+ws://${host}:1/x`).host).toBe(host.toLowerCase());
    },
  );

  it.each([
    '[1:2:3:4:5:6:7:8]',
    '[1:2:3:4:5:6:1.2.3.4]',
    '[::ffff:1.2.3.4]',
    '[1::8]',
    '[1:2:3:4:5:6:7::]',
  ])('takes the IPv6 address %s', (host) => {
    expect(parseBtpUri(`btp+ws://${host}`).host).toBe(host);
  });

  it.each([
    '[]',
    '[::1',
    '[1:2:3:4:5:6:7]',
    '[1:2:3:4:5:6:7:8:9]',
    '[1::2::3]',
    '[12345::]',
    '[g::]',
    '[:1]',
    '[1:]',
    '[::1.2.3]',
    '[::1.2.3.256]',
    '[1.2.3.4::]',
    '[1:2:3:4:5:6:7:8::]',
    '[fe80::1%25eth0]',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3',
    '7',
    'a b',
    'u@b@c',
    'hö',
    'h?x=1',
    'a%zz',
    'h\\x',
    'a[b]',
    'a%00b',
    'a.0x1',
    'xn--a',
  ])('refuses the host %s', (host) => {
    expect(failureOf(() => parseBtpUri(`btp+ws://${host}`))).toMatchObject({ rule: 'hostname' });
  });

  it.each<[string, BtpUriRule]>([
    ['btp+ws://h:0', 'port'],
    ['btp+ws://h:65536', 'port'],
    ['btp+ws://h:', 'port'],
    ['btp+ws://h:8 0', 'port'],
    ['btp+ws://h:-1', 'port'],
    ['btp+ws://h:000080', 'port'],
    ['btp+ws://[::1]7768', 'port'],
    ['btp+ws://@h', 'userinfo'],
    ['btp+ws://:@h', 'userinfo'],
    ['btp+ws://u%zz@h', 'userinfo'],
    ['btp+ws://u:%ff@h', 'userinfo'],
    ['btp+ws://u:t t@h', 'userinfo'],
    ['btp+ws://u:t?x@h', 'userinfo'],
    ['btp+ws://ü@h', 'userinfo'],
    ['btp+ws://h/a b', 'path'],
    ['btp+ws://h/ü', 'path'],
    ['btp+ws://h/\n', 'path'],
    ['btp+ws://h/x#y', 'fragment'],
    ['btp+ws://h#', 'fragment'],
    [' btp+ws://h', 'scheme'],
    ['btp+wsss://h', 'scheme'],
    ['btp+ws:/h', 'scheme'],
  ])('refuses %j: %s', (text, rule) => {
    expect(failureOf(() => parseBtpUri(text))).toMatchObject({ name: 'BtpUriError', rule });
  });

  it.each([
    'btp+http://u:s3cret@h',
    'btp+ws://u:s3cret@',
    'btp+ws://u:s3cret@h:x',
    'btp+ws://u:s3cret@h/ x',
    'btp+ws://u:s3cret @h',
    'btp+ws://u:s3cret%ff@h',
    'btp+ws://u:s3cret/@h',
    'btp+ws://u:s3cret#@h',
  ])('never repeats the token of %s', (text) => {
    const failure = failureOf(() => parseBtpUri(text));
    expect(failure).toBeInstanceOf(BtpUriError);
    // The stack names this very file, so only what an error says of itself is looked at.
    const { message, rule, cause } = failure as BtpUriError;
    expect(inspect([message, rule, cause])).not.toContain('s3cret');
  });
});

describe('formatBtpUri', () => {
  const uri: BtpUri = {
    scheme: 'wss',
    username: '',
    token: '',
    host: 'example.com',
    port: undefined,
    path: '',
  };

  it.each<[Partial<BtpUri>, string]>([
    [{}, 'btp+wss://example.com'],
    [{ username: 'alice' }, 'btp+wss://alice@example.com'],
    [{ token: 'tok' }, 'btp+wss://:tok@example.com'],
    [{ username: 'a@b', token: 'c:d', port: 1, path: '/' }, 'btp+wss://a%40b:c%3Ad@example.com:1/'],
    [{ username: "!'()*", token: '~-._' }, 'btp+wss://%21%27%28%29%2A:~-._@example.com'],
    [{ username: 'é/', token: '+ ' }, 'btp+wss://%C3%A9%2F:%2B%20@example.com'],
  ])('writes %j as %s', (parts, text) => {
    expect(formatBtpUri({ ...uri, ...parts })).toBe(text);
  });

  it('is undone by parseBtpUri, whatever the credentials', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
    fc.assert(
      fc.property(text, text, port, (username, token, number) => {
        const whole = { ...uri, username, token, port: number, path: '/x?y' };
        expect(parseBtpUri(formatBtpUri(whole))).toEqual(whole);
      }),
    );
  });

  it.each<[Partial<BtpUri>, BtpUriRule]>([
    [{ host: '' }, 'hostname'],
    [{ host: 'a/b' }, 'hostname'],
    [{ port: 0 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ path: 'x' }, 'path'],
    [{ path: '/x#y' }, 'path'],
    [{ username: '\ud800' }, 'userinfo'],
  ])('refuses %j: %s', (parts, rule) => {
    expect(failureOf(() => formatBtpUri({ ...uri, ...parts }))).toMatchObject({ rule });
  });
});

describe('the URL of BTP/alpha', () => {
  it.each(vectors.alpha_url)('of $uri is $websocket_url', ({ uri, websocket_url }) => {
    expect(alphaWebSocketUrl(parseBtpUri(uri))).toBe(websocket_url);
  });

  it.each([
    ['btp+ws://alice@h/api', 'ws://h/api/alice/'],
    ['btp+ws://:tok@h/api', 'ws://h/api//tok'],
    ['btp+ws://u:t@h', 'ws://h/u/t'],
    ['btp+ws://u:t@h/', 'ws://h/u/t'],
    ['btp+ws://u:t@h/api/?q=1', 'ws://h/api/u/t?q=1'],
  ])('of %s is %s (D-5)', (uri, url) => {
    expect(alphaWebSocketUrl(parseBtpUri(uri))).toBe(url);
  });

  it('is where the server finds the credentials again', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(text, text, fc.constantFrom('', '/', '/api/17q3'), (username, token, path) => {
        const uri = { ...parseBtpUri('btp+ws://h'), username, token, path };
        const { pathname } = new URL(alphaWebSocketUrl(uri));
        // URL parsers fold the segments `.` and `..`; such names are not for alpha.
        fc.pre(![username, token].some((part) => part === '.' || part === '..'));
        expect(alphaCredentials(pathname, path)).toEqual({ username, token });
      }),
    );
  });

  it.each([
    ['/api', '/api', { username: '', token: '' }],
    ['/api/', '/api', { username: '', token: '' }],
    ['/api/u/', '/api', { username: 'u', token: '' }],
    ['/api/u/t?x=1', '/api/', { username: 'u', token: 't' }],
    ['/api/u/b%2Fb', '/api', { username: 'u', token: 'b/b' }],
    ['/api/u', '/api', undefined],
    ['/api/u/t/x', '/api', undefined],
    ['/apis/u/t', '/api', undefined],
    ['/api/u/%zz', '/api', undefined],
    ['/other', '/api', undefined],
  ])('read from %s below %s', (requestPath, basePath, credentials) => {
    expect(alphaCredentials(requestPath, basePath)).toEqual(credentials);
  });
});
