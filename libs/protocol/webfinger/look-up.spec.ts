import { asksForHost, lookUpUrl } from '.';

it.each([
  ['wallet1.com', 'https://wallet1.com/.well-known/webfinger?resource=https://wallet1.com'],
  [
    'wallet1.com:8443',
    'https://wallet1.com:8443/.well-known/webfinger?resource=https://wallet1.com:8443',
  ],
  ['localhost:3000', 'http://localhost:3000/.well-known/webfinger?resource=https://localhost:3000'],
  ['localhost', 'http://localhost/.well-known/webfinger?resource=https://localhost'],
  [
    'localhost.evil.com',
    'https://localhost.evil.com/.well-known/webfinger?resource=https://localhost.evil.com',
  ],
])('%s is looked up at %s', (hostname, url) => {
  expect(lookUpUrl(hostname)).toBe(url);
});

it.each([
  'resource=https://wallet1.com',
  'resource=https://wallet1.com/',
  'resource=https%3A%2F%2Fwallet1.com',
  'resource=https%3a%2f%2fwallet1.com%2F',
  'rel=x&resource=https://Wallet1.COM',
])('%s asks for the host', (query) => {
  expect(asksForHost(query, 'wallet1.com')).toBe(true);
});

it.each([
  '',
  'resource=',
  'resource=acct:alice@wallet1.com',
  'resource=https://wallet1.com/alice',
  'resource=https://wallet2.com',
  'resource=http://wallet1.com',
  'resource=%E0%A4%A',
  'xresource=https://wallet1.com',
])('%s does not', (query) => {
  expect(asksForHost(query, 'wallet1.com')).toBe(false);
});
