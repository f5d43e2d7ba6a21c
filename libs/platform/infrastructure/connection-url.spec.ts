import fc from 'fast-check';
import { parseNatsUrl, withoutSecrets } from './connection-url';

describe('withoutSecrets', () => {
  it.each([
    ['postgres://user:secret@db:5432/causeway', 'postgres://db:5432/causeway'],
    ['postgres://user:se@cret@db/causeway?password=secret', 'postgres://db/causeway'],
    ['nats://token@a:4222, tls://u:p@b:4223', 'nats://a:4222,tls://b:4223'],
    ['u:p@host:4222', 'host:4222'],
    ['not a url at all', 'not a url at all'],
  ])('%s is shown as %s', (url, shown) => {
    expect(withoutSecrets(url)).toBe(shown);
  });

  it('never shows a password, whatever its characters', () => {
    const password = fc.string({ minLength: 8 }).map((text) => `S3cret${encodeURIComponent(text)}`);
    fc.assert(
      fc.property(password, (text) => {
        expect(withoutSecrets(`postgres://user:${text}@host:5432/db`)).toBe(
          'postgres://host:5432/db',
        );
      }),
    );
  });
});

describe('parseNatsUrl', () => {
  it.each([
    ['nats://127.0.0.1:4333', { servers: ['127.0.0.1:4333'] }],
    ['demo.example', { servers: ['demo.example:4222'] }],
    ['nats://user:p%40ss@host', { servers: ['host:4222'], user: 'user', pass: 'p@ss' }],
    ['nats://token@host', { servers: ['host:4222'], token: 'token' }],
    ['tls://host:4443', { servers: ['tls://host:4443'] }],
    ['nats://[::1]:4222', { servers: ['[::1]:4222'] }],
    ['a:1,nats://u:p@b:2', { servers: ['a:1', 'b:2'], user: 'u', pass: 'p' }],
  ])('%s', (url, address) => {
    expect(parseNatsUrl(url)).toEqual(address);
  });
});
