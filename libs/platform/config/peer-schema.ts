import { ownAddressFault, ownPrefixFault, parseBtpUri, type AddressFault } from '#protocol';
import { z } from 'zod';
import {
  amountOrUnlimited,
  anyText,
  bareHttpUrl,
  hostname,
  oneOf,
  setting,
  slug,
  text,
  textMatching,
  wholeNumber,
} from './setting';

const PREFIX_RULES: Readonly<Record<AddressFault, string>> = {
  'too-long': 'must have at most 1023 characters',
  characters: 'must consist of letters, digits, ~ _ - and dots',
  scheme: 'must start with g. private. example. peer. self. local. test. test1. test2. or test3.',
  'empty-segment': 'must have no empty segment',
  'prefix-must-end-in-dot': 'must end in a dot',
  'address-must-not-end-in-dot': 'must not end in a dot',
  'no-segment-after-scheme': 'must have a segment after the scheme',
};

/** A ledger prefix of our own configuration: strict, with its trailing dot (SPEC §2.2, §2.3). */
export const ownPrefix = () =>
  setting((value, no) => {
    if (typeof value !== 'string') return no('must be a text');
    const fault = ownPrefixFault(value);
    return fault === undefined ? value : no(PREFIX_RULES[fault]);
  });

const accountName = () =>
  textMatching(/^[A-Za-z0-9_~-]{1,128}$/, 'must be one segment of letters, digits, ~ _ and -');

const btpUri = setting((value, no) => {
  if (typeof value !== 'string') return no('must be a text');
  try {
    parseBtpUri(value);
    return value;
  } catch (error) {
    return no(error instanceof Error ? error.message : 'must be a BTP URI');
  }
});

const ledger = z.strictObject({
  prefix: ownPrefix()
    .optional()
    .describe(
      'ILP prefix of the ledger, ending in a dot; admin, symmetric: required; ' +
        'shadow, validated: as the peer says; webfinger: derived, as are the accounts',
    ),
  currencyCode: setting((value, no) =>
    typeof value === 'string' && /^[A-Za-z]{3}$/.test(value)
      ? value.toUpperCase()
      : no('must be three letters'),
  ).describe('Currency, three letters'),
  currencyScale: wholeNumber({ min: -9, max: 18 }).describe(
    'Decimal places of the base unit, -9 to 18',
  ),
  account: accountName()
    .optional()
    .describe(
      'Our account on the ledger; default server for an admin, client for a shadow, ' +
        'our socket role for symmetric; validated: required',
    ),
  peerAccount: accountName()
    .optional()
    .describe("The other party's account; default as for account, with the roles exchanged"),
  maxBalance: amountOrUnlimited()
    .optional()
    .describe(
      'How much the peer may owe us, base units in quotes, or unlimited; ' +
        'admin, symmetric: required',
    ),
  minBalance: amountOrUnlimited()
    .optional()
    .describe(
      'Minus how much we may owe, or unlimited; default unlimited for admin and symmetric, ' +
        'else what the peer allows',
    ),
});

const shortText = () => textMatching(/^.{1,500}$/su, 'must have 1 to 500 characters');
const uriText = () => textMatching(/^[^\s]{1,1024}$/, 'must be a URI, without spaces');

/** They are told in one BTP frame. */
const SETTLEMENT_METHODS = 16;

/** One way to settle what is owed, in the members that the peers of old expect. */
const settlementMethod = z.strictObject({
  type: textMatching(/^[a-z0-9_-]{1,64}$/i, 'must be a word, as bitcoin or custom'),
  uri: uriText(),
  name: shortText().optional(),
  description: shortText().optional(),
  logo: uriText().optional(),
});

export const peer = z.strictObject({
  id: slug().describe('Name of the peer and of the ledger between us'),
  discovery: oneOf(['btp', 'webfinger'])
    .prefault('btp')
    .describe('How the peering is found: all is said here, or looked up at the host of the peer'),
  hostname: hostname()
    .optional()
    .describe('Where the peer is looked up, host or host:port; for webfinger required'),
  publicKey: textMatching(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes as 43 characters of base64url')
    .optional()
    .describe('What the host must tell as its public key; webfinger only'),
  transport: oneOf(['btp', 'rpc'])
    .prefault('btp')
    .describe('btp; or rpc, HTTP calls in both directions, as ilp-plugin-virtual makes them'),
  socket: oneOf(['server', 'client'])
    .optional()
    .describe('server: the peer dials us; client: we dial `uri`; required for btp, none for rpc'),
  uri: btpUri.optional().meta({
    description: 'btp+ws:// or btp+wss:// with what we present; client only',
    secret: true,
  }),
  rpcUri: bareHttpUrl()
    .optional()
    .describe('Where we call the peer; required for rpc, none for btp'),
  btpVersion: oneOf(['BTP/1.0', 'BTP/alpha'], ['BTP/2.0'])
    .prefault('BTP/1.0')
    .describe('Dialect of BTP'),
  username: anyText().optional().describe('What the peer presents, may be empty; server only'),
  token: text()
    .optional()
    .meta({
      description:
        'What the peer presents; for server this or tokenSha256, none for client; for rpc required, as ' +
        'both sides present it',
      secret: true,
    }),
  tokenSha256: textMatching(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
    .optional()
    .meta({
      description: 'SHA-256 of that instead, so that the token itself stands nowhere; server only',
      secret: true,
    }),
  authority: oneOf(['admin', 'shadow', 'symmetric', 'validated']).describe(
    'Who decides on the ledger. admin: we; shadow: the peer; symmetric: both of us; ' +
      'validated: the third connector that the session leads to',
  ),
  relaysTo: slug()
    .optional()
    .describe(
      'Id of the other party, where we run a ledger for two peers: what one sends goes to the other',
    ),
  ledger,
  settlementMethods: z
    .array(settlementMethod)
    .max(SETTLEMENT_METHODS, `must have at most ${SETTLEMENT_METHODS} entries`)
    .prefault([])
    .describe('Ways to settle, as told to a peer that asks: a list of type, uri, name and more'),
  dialect: oneOf(['auto', 'v17', 'v21'])
    .prefault('auto')
    .describe('Of route broadcasts to the peer; auto finds out what it reads'),
  party: textMatching(/^[^\s]{1,255}$/, 'must have 1 to 255 characters, without spaces')
    .optional()
    .describe(
      'Who is behind the peer, where one connector is attached as several peers, so that it is not ' +
        'told its own routes; default: where we find or reach it',
    ),
});

export const route = z.strictObject({
  targetPrefix: setting((value, no) => {
    if (value === '') return '';
    if (typeof value !== 'string') return no('must be a text');
    const fault = ownPrefixFault(value);
    return fault === undefined ? value : no(`must be empty or a prefix: ${PREFIX_RULES[fault]}`);
  }).describe('Where the route leads; empty is the default route'),
  connectorLedger: ownPrefix().describe('Prefix of the ledger to the next hop'),
  connectorAccount: setting((value, no) =>
    typeof value === 'string' && ownAddressFault(value) === undefined
      ? value
      : no('must be an account address on connectorLedger, without a dot at its end'),
  ).describe("The next hop's account on that ledger"),
});

export type PeerDocument = z.output<typeof peer>;
