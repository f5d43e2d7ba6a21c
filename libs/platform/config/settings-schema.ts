import { ownAddressFault } from '#protocol';
import { z } from 'zod';
import { peerLimits } from './peer-limits-schema';
import { rates } from './rates-schema';
import { routeLimits } from './route-limits-schema';
import {
  bareHttpUrl,
  btpUriWithoutCredentials,
  count,
  duration,
  flag,
  fractionAsPpm,
  hostname,
  listenAddress,
  oneOf,
  setting,
  text,
  textMatching,
  urlOf,
  wholeNumber,
} from './setting';
import { operatorList } from './operators-setting';

const plainPath = () =>
  textMatching(
    /^(\/[A-Za-z0-9._~-]+)+$/,
    'must be a path of plain segments, as /alpha, without a slash at its end',
  );
const ownAddress = setting((value, no) => {
  if (typeof value === 'string' && ownAddressFault(value) === undefined) return value;
  return no('must be an ILP address of a known scheme, as test.causeway, without a dot at its end');
});

const connector = z.strictObject({
  address: ownAddress.describe(
    'ILP address that names the connector; all connectors of one address share one database',
  ),
  spread: fractionAsPpm()
    .prefault('0.002')
    .describe('Taken off each exchange: a fraction with at most six decimals'),
  slippage: fractionAsPpm()
    .prefault('0.001')
    .describe('By how much an incoming amount may fall short: a fraction, at most six decimals'),
  minMessageWindowMs: duration().prefault(1_000).describe('Least time between two hops, ms'),
  maxHoldTimeMs: duration().prefault(10_000).describe('Longest time money is held, ms'),
  routeBroadcastIntervalMs: duration(100)
    .prefault(30_000)
    .describe('Between two route broadcasts to a peer, ms'),
  routeExpiryMs: duration(100)
    .prefault(45_000)
    .describe('A route that is not heard of for so long is dropped, ms; longer than the interval'),
  broadcastRoutes: flag()
    .prefault(true)
    .describe('Whether peers are told our routes; otherwise they are only listened to'),
  broadcastCurves: flag()
    .prefault(true)
    .describe('Whether peers are told what our routes take; otherwise they have to ask'),
  storeCurves: flag()
    .prefault(true)
    .describe('Whether what peers tell their routes to take is believed; otherwise they are asked'),
  sectionRule: oneOf(['per-section', 'global'])
    .prefault('per-section')
    .describe('Whether longer ways count for amounts that the shortest ones cannot serve'),
  curvelessV17: oneOf(['omit', 'placeholder', 'drop'])
    .prefault('omit')
    .describe(
      'A route without a curve, in dialect v17: without points, with those of one to one, or not at all',
    ),
  quoteExpiryMs: duration().prefault(45_000).describe('How long a quote is good for, ms'),
  shadowExpiryGraceMs: duration(0)
    .prefault(1_000)
    .describe("Past its expiry, how long a shadow's transfer waits for the authority, ms"),
  compareBalancesEveryMs: duration(100)
    .prefault(60_000)
    .describe('How often the other side of a ledger is asked for its balance, ms'),
  shadowAdoption: oneOf(['automatic', 'operator'])
    .prefault('automatic')
    .describe("Who sets a shadow to its authority's balance when they differ"),
  secret: textMatching(/^[0-9a-f]{64}$/, 'must be 32 bytes as 64 lower-case hex digits')
    .optional()
    .meta({
      description: '32 bytes as hex for ids of onward transfers; made once if absent',
      secret: true,
    }),
});

const tls = z.strictObject({
  certFile: text()
    .optional()
    .describe('Certificate (PEM, with its chain): peers then dial wss; read anew when it changes'),
  keyFile: text().optional().describe('Private key (PEM) of that certificate; both or none'),
  reloadMs: duration(100)
    .prefault(10_000)
    .describe('How often these files are looked at for a change, ms'),
});

const gateway = z.strictObject({
  listen: listenAddress()
    .prefault('127.0.0.1:7768')
    .describe('Where peers dial us with BTP; port 0 takes a free one'),
  publicUri: btpUriWithoutCredentials()
    .optional()
    .describe(
      'Where the world dials us, as invitations say: btp+ws:// or btp+wss:// without credentials',
    ),
  alphaPath: plainPath()
    .prefault('/alpha')
    .describe(
      'Below this path peers speak BTP/alpha; the next two segments are their username and token',
    ),
  rpcPath: plainPath()
    .prefault('/rpc')
    .describe('Where peers with transport: rpc call us, on the same port'),
  tls: tls.prefault({}),
  trustedCaFile: text()
    .optional()
    .describe('Authorities (PEM) trusted beside the public ones when we dial btp+wss'),
});

const webfinger = z.strictObject({
  hostname: hostname()
    .optional()
    .describe('host or host:port under which the world finds us; absent = WebFinger is off'),
  secret: textMatching(/^[A-Za-z0-9+/_-]{22,}={0,2}$/, 'must be 16 bytes or more in base64')
    .optional()
    .meta({
      description: 'What our key pair is made of, base64; made once if absent, and kept',
      secret: true,
    }),
  title: textMatching(/^.{1,200}$/u, 'must have 1 to 200 characters, without line breaks')
    .optional()
    .describe('What we call ourselves there; default connector.address'),
  publicRpcUri: bareHttpUrl()
    .optional()
    .describe('Where peers that found us call us; default https://, hostname and gateway.rpcPath'),
  publicBtpUri: btpUriWithoutCredentials()
    .optional()
    .describe(
      'Where they dial us, if they and we can: btp+wss:// without credentials; default ' +
        'gateway.publicUri, if it is one',
    ),
  timeoutMs: duration(10).prefault(3_000).describe('How long a look-up of a peer may take, ms'),
  maxBytes: wholeNumber({ min: 1_024, max: 65_536 })
    .prefault(65_536)
    .describe('How long the answer to a look-up may be'),
  allowPrivateAddresses: flag()
    .prefault(false)
    .describe('Whether what we find may lead to addresses that are not of the public internet'),
  retryMs: duration(100)
    .prefault(30_000)
    .describe('Between two look-ups of a peer that is not found, ms'),
  cacheMs: duration(100)
    .prefault(300_000)
    .describe('How long what was found is good for before it is looked up again, ms'),
});

const consoleSection = z.strictObject({
  listen: listenAddress()
    .prefault('127.0.0.1:7780')
    .describe('Where operators find the HTTP API; port 0 takes a free one'),
  token: text().meta({
    description: 'What the operator presents; beyond loopback at least 24 characters',
    secret: true,
  }),
  operators: operatorList()
    .prefault([])
    .meta({
      description:
        'Further operators, a list of name and token: the log then says who gave an order; ' +
        'from the environment as JSON',
      secret: true,
    }),
  tlsProxy: flag()
    .prefault(false)
    .describe('Declares that a proxy speaks TLS in front of the console; needed beyond loopback'),
});

const health = z.strictObject({
  host: textMatching(/^[A-Za-z0-9.:-]+$/, 'must be a host name or an IP address')
    .prefault('127.0.0.1')
    .describe('Where each service serves /livez, /readyz and /metrics'),
  basePort: wholeNumber({ min: 0, max: 65_000 })
    .prefault(9464)
    .describe('First of the ports for that, one per process, counting up; 0 takes free ones'),
});

const limits = z.strictObject({
  ...peerLimits,
  ...routeLimits,
  queuePerPartition: count()
    .prefault(20_000)
    .describe(
      'Commands waiting for the owner of a partition; beyond it, a Prepare is answered T00',
    ),
  batchCommands: count(10_000).prefault(512).describe('Commands in one append to the log'),
  partitions: count(4_096)
    .prefault(64)
    .describe('Partitions of the log; never changed once the database exists'),
  ledgerHeartbeatMs: duration(50)
    .prefault(500)
    .describe('Between two signs of life of a ledger process, ms'),
  ledgerStaleAfterMs: duration(200)
    .prefault(2_500)
    .describe('Without one for so long, others take its partitions over, ms; 3 heartbeats or more'),
  ledgerFiguresMs: duration(20)
    .prefault(1_000)
    .describe('Between two announcements of how much a ledger can carry, ms'),
  sessionGraceMs: duration(0)
    .prefault(3_000)
    .describe('How long a peer counts as connected after its session has ended, ms'),
  gatewayPresenceMs: duration(50)
    .prefault(1_000)
    .describe('Between two signs of life of a gateway, ms'),
  gatewayGoneAfterMs: duration(200)
    .prefault(4_000)
    .describe('Without one for so long, others dial its peers, ms; 3 signs of life or more'),
  gatewaySettleMs: duration()
    .prefault(300)
    .describe('How long a gateway that has just come listens for others before it dials, ms'),
  confirmSessionMs: duration(100)
    .prefault(10_000)
    .describe('How often a session tells the owner of its ledger that it still lives, ms'),
  finalTransfersCached: count(10_000_000)
    .prefault(20_000)
    .describe('Finished transfers that a ledger process keeps in memory'),
  feedStreams: count(10_000)
    .prefault(32)
    .describe('Event streams that the console serves over HTTP at once; further ones get 503'),
  feedStallMs: duration(100)
    .prefault(30_000)
    .describe('A reader of such a stream that takes nothing for so long is cut off, ms'),
  shutdownMs: duration(100).prefault(10_000).describe('How long stopping may take, ms'),
});

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const log = z.strictObject({
  level: oneOf(LEVELS)
    .prefault('info')
    .describe(`Least level that is logged: ${LEVELS.join(', ')}`),
});

const audit = z.strictObject({
  keyFile: text()
    .optional()
    .describe(
      'Ed25519 key (PEM) that signs heads and exports; made once; default audit-key.pem in the data directory',
    ),
  signHeadsEveryMs: duration(100)
    .prefault(60_000)
    .describe('How often the heads of ledgers that changed are signed, ms'),
});

const retention = z.strictObject({
  packetsForDays: wholeNumber({ min: 1, max: 36_500 })
    .optional()
    .describe(
      'Days after which `causeway retention prune` takes the ILP packets of ended transfers away; absent = never',
    ),
});

/** The sections that hold plain settings; peers and routes are lists. */
export const SECTIONS = {
  connector,
  gateway,
  webfinger,
  console: consoleSection,
  health,
  rates,
  limits,
  log,
  audit,
  retention,
};

/** Where the infrastructure is; without one, `npm start` brings its own. */
export const ADDRESSES = {
  databaseUrl: urlOf('postgres', 'postgresql')
    .optional()
    .meta({ description: 'PostgreSQL; if absent, one is started', secret: true }),
  natsUrl: urlOf('nats', 'tls')
    .optional()
    .meta({ description: 'NATS; if absent, one is started', secret: true }),
};
