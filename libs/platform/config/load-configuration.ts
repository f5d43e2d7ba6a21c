import type { z } from 'zod';
import { slugOfAddress } from './address-slug';
import type {
  Configuration,
  ConsoleSettings,
  PeerSettings,
  StaticRoute,
  TlsSettings,
} from './configuration';
import { ConfigurationError } from './configuration-error';
import type { Keyed } from './keyed';
import { peer, route } from './peer-schema';
import { checkPeersTogether, checkRoute, peerSettings } from './peer-settings';
import { ProblemList } from './problem-list';
import { checkRates, rateSettings } from './rates-settings';
import { ADDRESSES, SECTIONS } from './settings-schema';
import { readSource, type ConfigurationSource } from './source-document';
import { withoutComparedTokens } from './token-digest';
import { checkDiscovery, webfingerSettings } from './webfinger-settings';

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /**
   * The merged document before it was read; JSON, fit for `document` of another process. Of tokens
   * that are only compared it holds the digests.
   */
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * Reads file, environment and overrides, in rising order of strength.
 * @throws ConfigurationError with every problem there is
 */
export function loadConfiguration(source: ConfigurationSource): Configuration {
  return readConfiguration(source).configuration;
}

/** As `loadConfiguration`, together with the document, for whoever starts further processes. */
export function readConfiguration(source: ConfigurationSource): LoadedConfiguration {
  const document = readSource(source);
  const list = new ProblemList(document);
  const configuration = check(document.tree, list);
  if (configuration === undefined || list.problems.length > 0) {
    throw new ConfigurationError(list.problems);
  }
  return { configuration, document: withoutComparedTokens(document.tree) };
}

type Tree = Readonly<Record<string, unknown>>;
type Sections = { readonly [K in keyof typeof SECTIONS]: z.output<(typeof SECTIONS)[K]> };

function check(tree: Tree, list: ProblemList): Configuration | undefined {
  refuseUnknownKeys(tree, list);
  const sections = readSections(tree, list);
  const databaseUrl = list.read(ADDRESSES.databaseUrl, tree.databaseUrl, 'databaseUrl');
  const natsUrl = list.read(ADDRESSES.natsUrl, tree.natsUrl, 'natsUrl');
  const peers = readPeers(tree, list);
  const routes = readRoutes(tree, peers, list);
  if (sections === undefined) return undefined;
  checkDiscovery(sections.webfinger.hostname, peers, list);
  return { ...settingsOf(sections), peers, routes, databaseUrl, natsUrl };
}

function refuseUnknownKeys(tree: Tree, list: ProblemList): void {
  const known = new Set([...Object.keys(SECTIONS), ...Object.keys(ADDRESSES), 'peers', 'routes']);
  for (const key of Object.keys(tree)) {
    if (!known.has(key)) list.add(key, 'is not a known key');
  }
}

/** Each section on its own, so that a mistake in one does not hide those of another. */
function readSections(tree: Tree, list: ProblemList): Sections | undefined {
  const read = <S extends z.ZodType>(schema: S, key: string): z.output<S> | undefined =>
    list.read(schema, tree[key] ?? {}, key);
  const connector = read(SECTIONS.connector, 'connector');
  const gateway = read(SECTIONS.gateway, 'gateway');
  const webfinger = read(SECTIONS.webfinger, 'webfinger');
  const console = read(SECTIONS.console, 'console');
  const health = read(SECTIONS.health, 'health');
  const rates = read(SECTIONS.rates, 'rates');
  const limits = read(SECTIONS.limits, 'limits');
  const log = read(SECTIONS.log, 'log');
  const audit = read(SECTIONS.audit, 'audit');
  const retention = read(SECTIONS.retention, 'retention');
  if (connector !== undefined) checkConnector(connector, list);
  if (gateway !== undefined) checkTls(gateway, list);
  if (console !== undefined) checkConsole(console, list);
  if (rates !== undefined) checkRates(rates, list);
  if (limits !== undefined) checkLimits(limits, list);
  if (connector === undefined || gateway === undefined || console === undefined) return undefined;
  if (health === undefined || rates === undefined) return undefined;
  if (limits === undefined || log === undefined || audit === undefined) return undefined;
  if (retention === undefined || webfinger === undefined) return undefined;
  return { connector, gateway, webfinger, console, health, rates, limits, log, audit, retention };
}

function settingsOf(
  sections: Sections,
): Omit<Configuration, 'peers' | 'routes' | 'databaseUrl' | 'natsUrl'> {
  const { spread, slippage, secret, ...connector } = sections.connector;
  const slug = slugOfAddress(connector.address);
  const { keyFile, signHeadsEveryMs } = sections.audit;
  return {
    ...sections,
    gateway: { ...sections.gateway, tls: tlsOf(sections.gateway) },
    webfinger: webfingerSettings(sections),
    rates: rateSettings(sections.rates),
    audit: { keyFile, signHeadsEveryMs },
    retention: { packetsForDays: sections.retention.packetsForDays },
    connector: { ...connector, slug, spreadPpm: spread, slippagePpm: slippage, secret },
  };
}

/** Whether the files fit is for the process to say that reads them: others may have no access. */
function checkTls({ tls }: Sections['gateway'], list: ProblemList): void {
  const rule = 'is required beside the other one of gateway.tls';
  if (tls.certFile === undefined && tls.keyFile !== undefined)
    list.add('gateway.tls.certFile', rule);
  if (tls.keyFile === undefined && tls.certFile !== undefined)
    list.add('gateway.tls.keyFile', rule);
}

function tlsOf({ tls }: Sections['gateway']): TlsSettings | undefined {
  const { certFile, keyFile, reloadMs } = tls;
  return certFile === undefined || keyFile === undefined
    ? undefined
    : { certFile, keyFile, reloadMs };
}

function checkConnector(connector: Sections['connector'], list: ProblemList): void {
  if (connector.routeExpiryMs <= connector.routeBroadcastIntervalMs) {
    list.add('connector.routeExpiryMs', 'must be longer than connector.routeBroadcastIntervalMs');
  }
  if (connector.minMessageWindowMs > connector.maxHoldTimeMs) {
    list.add('connector.minMessageWindowMs', 'must not exceed connector.maxHoldTimeMs');
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;
const EXPOSED_TOKEN_LENGTH = 24;

/** Whoever reaches the console moves limits and peers: beyond loopback a guess must be hopeless. */
function checkConsole(console: ConsoleSettings, list: ProblemList): void {
  const { listen, token, operators, tlsProxy } = console;
  if (operators.some((operator) => operator.token === token)) {
    list.add('console.operators', 'must have tokens other than console.token');
  }
  if (LOOPBACK.test(listen.host)) return;
  const rule = `must have at least ${EXPOSED_TOKEN_LENGTH} characters when console.listen is not loopback`;
  if (token.length < EXPOSED_TOKEN_LENGTH) list.add('console.token', rule);
  if (operators.some((operator) => operator.token.length < EXPOSED_TOKEN_LENGTH)) {
    list.add('console.operators', `each token ${rule}`);
  }
  if (!tlsProxy) {
    list.add('console.tlsProxy', 'must be true when console.listen is not loopback');
  }
}

/** A single sign of life that is late must not cost a process its partitions or its peers. */
const HEARTBEATS_TO_MISS = 3;

function checkLimits(limits: Sections['limits'], list: ProblemList): void {
  if (limits.ledgerStaleAfterMs < HEARTBEATS_TO_MISS * limits.ledgerHeartbeatMs) {
    list.add('limits.ledgerStaleAfterMs', 'must be at least 3 times limits.ledgerHeartbeatMs');
  }
  if (limits.gatewayGoneAfterMs < HEARTBEATS_TO_MISS * limits.gatewayPresenceMs) {
    list.add('limits.gatewayGoneAfterMs', 'must be at least 3 times limits.gatewayPresenceMs');
  }
  if (limits.reconnectMaxMs < limits.reconnectMinMs) {
    list.add('limits.reconnectMaxMs', 'must not be less than limits.reconnectMinMs');
  }
  if (limits.sendHighWaterBytes > limits.sendQueueBytes) {
    list.add('limits.sendHighWaterBytes', 'must not exceed limits.sendQueueBytes');
  }
  if (limits.sendLowWaterBytes >= limits.sendHighWaterBytes) {
    list.add('limits.sendLowWaterBytes', 'must be less than limits.sendHighWaterBytes');
  }
  if (limits.repeatFulfillMaxMs < limits.repeatFulfillMinMs) {
    list.add('limits.repeatFulfillMaxMs', 'must not be less than limits.repeatFulfillMinMs');
  }
}

function readPeers(tree: Tree, list: ProblemList): PeerSettings[] {
  const peers: Keyed<PeerSettings>[] = [];
  for (const { key, value } of listOf(tree, 'peers', list)) {
    const read = list.read(peer, value, key);
    if (read !== undefined) peers.push({ key, value: peerSettings(read, key, list) });
  }
  checkPeersTogether(peers, list);
  return peers.map(({ value }) => value);
}

function readRoutes(tree: Tree, peers: readonly PeerSettings[], list: ProblemList): StaticRoute[] {
  const routes: StaticRoute[] = [];
  for (const { key, value } of listOf(tree, 'routes', list)) {
    const read = list.read(route, value, key);
    if (read === undefined) continue;
    checkRoute({ key, value: read }, peers, list);
    routes.push(read);
  }
  return routes;
}

function listOf(tree: Tree, key: string, list: ProblemList): Keyed<unknown>[] {
  const value = tree[key] ?? [];
  if (!Array.isArray(value)) {
    list.add(key, 'must be a list');
    return [];
  }
  return value.map((member: unknown, index) => ({ key: `${key}[${index}]`, value: member }));
}
