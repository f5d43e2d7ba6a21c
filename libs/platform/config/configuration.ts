/**
 * The configuration as every service sees it: parsed, defaulted and checked. Amounts are base units
 * of the ledger they limit, times milliseconds, sizes bytes.
 */
export interface Configuration {
  readonly connector: ConnectorSettings;
  readonly gateway: GatewaySettings;
  readonly webfinger: WebFingerSettings;
  readonly console: ConsoleSettings;
  readonly health: HealthSettings;
  readonly rates: RateSettings;
  readonly limits: LimitSettings;
  readonly log: LogSettings;
  readonly audit: AuditSettings;
  readonly retention: RetentionSettings;
  readonly peers: readonly PeerSettings[];
  readonly routes: readonly StaticRoute[];
  readonly databaseUrl: string | undefined;
  readonly natsUrl: string | undefined;
}

export interface ConnectorSettings {
  /** ILP address that names the connector; all connectors of one address share one database. */
  readonly address: string;
  /** `address` as a slug, for subjects and stored names: dots become dashes (see `slugOfAddress`). */
  readonly slug: string;
  /** Parts per million taken off each exchange; 0.002 in the file is 2000 here. */
  readonly spreadPpm: bigint;
  /** Parts per million by which a payment may fall short (SPEC §13.3). */
  readonly slippagePpm: bigint;
  readonly minMessageWindowMs: number;
  readonly maxHoldTimeMs: number;
  readonly routeBroadcastIntervalMs: number;
  readonly routeExpiryMs: number;
  /** Are peers told our routes (SPEC §14.1)? */
  readonly broadcastRoutes: boolean;
  /** Are they told the curves of these? */
  readonly broadcastCurves: boolean;
  /** Are the curves used that they tell? */
  readonly storeCurves: boolean;
  /** How ways of different lengths compete (SPEC D-29, D-30). */
  readonly sectionRule: 'per-section' | 'global';
  /** What a peer that is written to in v17 is given of a route without a curve (SPEC D-32). */
  readonly curvelessV17: 'omit' | 'placeholder' | 'drop';
  readonly quoteExpiryMs: number;
  /** How long past its expiry a transfer of a shadow ledger waits for the authority's verdict. */
  readonly shadowExpiryGraceMs: number;
  /** How often the balances of a ledger that is not ours alone are compared. */
  readonly compareBalancesEveryMs: number;
  /** Who sets a shadow to its authority's balance when they differ. */
  readonly shadowAdoption: 'automatic' | 'operator';
  /** 32 bytes as hex; undefined = made once and kept with the database (SPEC D-44). */
  readonly secret: string | undefined;
}

export interface GatewaySettings {
  /** Host and port of the BTP listener; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where the world dials us, without credentials; stands in invitations. */
  readonly publicUri?: string | undefined;
  /** Below this path peers speak BTP/alpha, with their credentials as its last two segments. */
  readonly alphaPath: string;
  /** Where peers of the historic RPC call us. */
  readonly rpcPath: string;
  /** Without it peers dial `ws`, with it `wss`. */
  readonly tls?: TlsSettings | undefined;
  /** PEM of authorities trusted beside the public ones when we dial `wss`. */
  readonly trustedCaFile?: string | undefined;
}

/** How other connectors find us by our host, and we them (SPEC §8). */
export interface WebFingerSettings {
  /** `host` or `host:port`, in lower case, under which the world finds us; undefined = off. */
  readonly hostname: string | undefined;
  /** Base64 or base64url; undefined = made once and kept with the database. */
  readonly secret: string | undefined;
  readonly title: string;
  /** Where our host resource sends peers; undefined without a hostname. */
  readonly publicRpcUri: string | undefined;
  /** Without credentials; only named to peers if given (SPEC D-19). */
  readonly publicBtpUri: string | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly allowPrivateAddresses: boolean;
  /** Between two look-ups of a peer that is not found. */
  readonly retryMs: number;
  /** How long what was found is good for. */
  readonly cacheMs: number;
}

export interface TlsSettings {
  /** PEM: the certificate and those up to its root. */
  readonly certFile: string;
  readonly keyFile: string;
  /** How often the files are looked at. */
  readonly reloadMs: number;
}

export interface ConsoleSettings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly token: string;
  /** Who else may come in, each under a name that goes on record with what he orders. */
  readonly operators: readonly OperatorSettings[];
  /** Whether a proxy in front of the console speaks TLS; needed beyond loopback. */
  readonly tlsProxy: boolean;
}

export interface OperatorSettings {
  readonly name: string;
  readonly token: string;
}

/** Health and metrics, one port per service process counting up from `basePort`; 0 takes free ones. */
export interface HealthSettings {
  readonly host: string;
  readonly basePort: number;
}

/** What currencies are worth, and what we take for exchanging them. */
export interface RateSettings {
  readonly source: RateSourceSettings;
  /** Exchanges, each in one direction, that are not made at `connector.spread` alone. */
  readonly pairs: readonly PairSettings[];
}

export type RateSourceSettings =
  /** One unit of any currency is one of any other. */
  | { readonly backend: 'one-to-one' }
  | {
      readonly backend: 'table';
      readonly base: string;
      /** By upper- or lower-case currency, units for one of the base, as decimal text. */
      readonly rates: Readonly<Record<string, string>>;
    }
  | ({ readonly backend: 'http' } & HttpRateSettings);

/** Where rates are fetched, and how patiently. */
export interface HttpRateSettings {
  /** May hold a key in its query. */
  readonly url: string;
  readonly format: 'ecb' | 'json';
  /** For json: names of members with dots between; empty = the document itself. */
  readonly path: string;
  readonly base: string;
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** So long after the source was last heard its rates are withdrawn. */
  readonly maxAgeMs: number;
  readonly allowPrivateAddresses: boolean;
}

export interface PairSettings {
  /** Currency codes, upper-case. */
  readonly source: string;
  readonly destination: string;
  /** undefined = `connector.spread`. */
  readonly spreadPpm: bigint | undefined;
  /** Base units of the source ledger, for each payment. */
  readonly fee: bigint;
}

export interface LogSettings {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

export interface AuditSettings {
  /** PEM of the key that signs; undefined = nobody said where, so nothing is signed. */
  readonly keyFile: string | undefined;
  readonly signHeadsEveryMs: number;
}

export interface RetentionSettings {
  /** How old the ILP packet of an ended transfer must be before it may go; undefined = never goes. */
  readonly packetsForDays: number | undefined;
}

/** Every limit with its name; the defaults stand in the settings schema. */
/** Bounds of what peers tell of routes, and of what we tell them. */
export interface RouteLimitSettings {
  readonly routesPerPeer: number;
  readonly routeBytesPerPeer: number;
  readonly routeDetailsPerPeer: number;
  readonly pointsPerCurveIn: number;
  readonly pointsPerCurveOut: number;
  readonly broadcastBytes: number;
  /** New routes in one broadcast, and withdrawn ones, each. */
  readonly broadcastRoutes: number;
  readonly broadcastsPerPeerPerSecond: number;
  readonly broadcastsPerPeerAtOnce: number;
  /** Routes and withdrawals together. */
  readonly broadcastRoutesPerPeerPerSecond: number;
  /** How long the next hop of a route without a curve may take to quote it (SPEC §12.3). */
  readonly remoteQuoteMs: number;
  readonly remoteQuoteKeptMs: number;
  /** Such quotes that are kept. */
  readonly remoteQuotesPerPeer: number;
  readonly remoteQuotes: number;
  /** Such questions that are not answered yet. */
  readonly remoteQuotesPerPeerAtOnce: number;
  readonly remoteQuotesAtOnce: number;
}

export interface LimitSettings extends PeerLimitSettings, RouteLimitSettings {
  readonly queuePerPartition: number;
  readonly batchCommands: number;
  readonly partitions: number;
  readonly ledgerHeartbeatMs: number;
  readonly ledgerStaleAfterMs: number;
  /** Least time between two announcements of what the same ledger can carry. */
  readonly ledgerFiguresMs: number;
  /** For so long after its session has ended a peer counts as connected. */
  readonly sessionGraceMs: number;
  readonly gatewayPresenceMs: number;
  readonly gatewayGoneAfterMs: number;
  /** How long a gateway that has just come listens for others before it dials. */
  readonly gatewaySettleMs: number;
  /** How often a session that the owner of its ledger knows tells it that it still lives. */
  readonly confirmSessionMs: number;
  readonly finalTransfersCached: number;
  /** Server-sent event streams of the console at once. */
  readonly feedStreams: number;
  /** A reader of one that takes nothing for so long is cut off. */
  readonly feedStallMs: number;
  readonly shutdownMs: number;
}

/** What bounds the gateway's dealings with peers. */
export interface PeerLimitSettings {
  readonly btpFrameBytes: number;
  readonly tlsHandshakeMs: number;
  /** How long the HTTP request of a connection may take to come in, and how large its header is. */
  readonly httpRequestMs: number;
  readonly httpHeaderBytes: number;
  /** How long a WebSocket may stay without authenticating, and how many may be so at once. */
  readonly authWaitMs: number;
  readonly unauthenticatedSockets: number;
  readonly unauthenticatedSocketsPerAddress: number;
  /** How long a request waits for its answer, in either direction (SPEC §5.4). */
  readonly requestTimeoutMs: number;
  /** Requests of one peer that we have not answered yet. */
  readonly inFlightPerPeer: number;
  readonly requestsPerPeerPerSecond: number;
  /** Turned away, or of no use; a peer with more of them is not read for a while. */
  readonly refusalsPerPeerPerSecond: number;
  /** Requests of a session that wait until its ledger is open; more are turned away. */
  readonly heldUntilOpen: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** A session that lasted this long starts the back-off afresh (SPEC D-7). */
  readonly steadyAfterMs: number;
  /** How often a peer is tried that refused our credentials, or does not match (SPEC D-8). */
  readonly refusedRetryMs: number;
  /** The same of a peer that was found at its host (SPEC §8.5). */
  readonly foundPeerRetryMs: number;
  /** A ping this often; a peer that answered none of so many is gone. */
  readonly heartbeatMs: number;
  readonly heartbeatMisses: number;
  /** More bytes than this waiting to be sent, and the session is cut. */
  readonly sendQueueBytes: number;
  /** How long a call over RPC may take, and how many of them one peer gets at once. */
  readonly rpcTimeoutMs: number;
  readonly rpcCallsPerPeer: number;
  /** Between two attempts to reach a peer over RPC. */
  readonly rpcRetryMs: number;
  /** With more waiting a peer is not read, until less than the other is left. */
  readonly sendHighWaterBytes: number;
  readonly sendLowWaterBytes: number;
  /** A queue that has not moved for so long, and the session is cut. */
  readonly sendStallMs: number;
  /** Of `requestTimeoutMs`: how long a quote may take. */
  readonly quoteSharePercent: number;
  /** A question to the inside without an answer is asked again after this long… */
  readonly repeatInsideMs: number;
  /** …and for so long where the message must not be lost: Fulfill, Reject, refusals. */
  readonly settlingMs: number;
  /** Delays between repetitions of a Fulfill: the first, doubling to the last (SPEC §13.5). */
  readonly repeatFulfillMinMs: number;
  readonly repeatFulfillMaxMs: number;
  /** Between two questions for the peers that were added at run time. */
  readonly peersRefreshMs: number;
  /** Look-ups of hosts at once: for peers, and as many again for operators who ask. */
  readonly lookUpsAtOnce: number;
  /** Peers that are dialled on trial at once, and how long one of them may take. */
  readonly peerTrialsAtOnce: number;
  readonly peerTrialMs: number;
}

export interface PeerSettings {
  /** Slug; also the id of the ledger between us. */
  readonly id: string;
  /** webfinger: how to reach it, what to present and the names on the ledger come from its host. */
  readonly discovery: 'btp' | 'webfinger';
  /** Where it is looked up, as `host` or `host:port` in lower case; only for discovery webfinger. */
  readonly hostname?: string | undefined;
  /** Base64url; what its host must tell as its public key, if the operator knows that. */
  readonly publicKey?: string | undefined;
  readonly btpVersion: 'BTP/1.0' | 'BTP/alpha';
  /** server: the peer dials us; client: we dial `uri`. */
  readonly socket: 'server' | 'client';
  /** `btp+ws://…` to dial; only for socket client. */
  readonly uri: string | undefined;
  /**
   * Where we call a peer that speaks the historic RPC instead of BTP. Its `token` is what both sides
   * present, and its socket role is client: whoever dials peers calls this one.
   */
  readonly rpcUri?: string | undefined;
  /** What the peer presents (server); what we present comes from `uri`. */
  readonly username: string;
  /** What we present; empty for socket server, where nothing is ever sent. */
  readonly token: string;
  /** `digestOfToken` of what the peer presents; only for socket server. */
  readonly tokenDigest: string | undefined;
  /** Who decides on the ledger: we, the peer, both of us, or a third connector. */
  readonly authority: 'admin' | 'shadow' | 'symmetric' | 'validated';
  readonly ledger: PeerLedgerSettings;
  /**
   * Id of the peer that this one shares a ledger with, which we run for both as their validator
   * (SPEC D-17): whatever one of them sends goes to the other, and nowhere else.
   */
  readonly relaysTo?: string | undefined;
  /** Told to a peer that asks how it may settle what it owes. */
  readonly settlementMethods: readonly SettlementMethod[];
  /** Which syntax of route broadcasts it is written to in; auto if not said. */
  readonly dialect?: 'auto' | 'v17' | 'v21' | undefined;
  /** Names the connector behind the peer, the same for all its peerings; undefined = not known. */
  readonly party?: string | undefined;
}

export interface SettlementMethod {
  readonly type: string;
  readonly uri: string;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly logo?: string | undefined;
}

export interface PeerLedgerSettings {
  /** Ends in a dot; undefined where it is learnt from the `info` of whoever runs it, or derived. */
  readonly prefix: string | undefined;
  readonly currencyCode: string;
  readonly currencyScale: number;
  /** Names of the two accounts; empty where they are derived (discovery webfinger). */
  readonly account: string;
  readonly peerAccount: string;
  /** null = unlimited, as for a shadow that sets none of its own. */
  readonly maxBalance: bigint | null;
  /** null = unlimited; undefined = what the `limit` of whoever runs the ledger says. */
  readonly minBalance: bigint | null | undefined;
}

export interface StaticRoute {
  /** May be empty: the default route. */
  readonly targetPrefix: string;
  readonly connectorLedger: string;
  readonly connectorAccount: string;
}
