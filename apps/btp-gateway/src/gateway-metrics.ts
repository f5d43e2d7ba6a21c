import type { BtpPacket, WebFingerRule } from '#protocol';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { TrialRule } from './peers/trial-error';
import type { LookUpRule } from './webfinger/look-up-error';

const MS_PER_SECOND = 1_000;

type Tally<Name extends string> = Record<Name, number>;

/** Why a frame was passed over. */
export type Malformation =
  | 'text'
  | 'oversize'
  | 'unreadable'
  | 'invalid-field'
  | 'unexpected-answer'
  | 'later-protocol'
  | 'before-authentication';

/** What became of a first packet. */
export type Admission =
  | 'accepted'
  | 'wrong-credentials'
  | 'malformed'
  | 'no-tls'
  | 'not-http'
  | 'no-upgrade'
  | 'too-late'
  | 'too-many'
  | 'too-many-from-address';

/** What became of a request of a peer. */
export type Handling =
  'accepted' | 'refused' | 'unanswered' | 'rate-limited' | 'too-many' | 'draining';

/** What became of something that a peer had to be told. */
export type DeliveryEnd = 'accepted' | 'refused' | 'given-up' | 'loss-suspected';

/** Why a peer was not read for a while. */
export type ReadingPause = 'slow-reader' | 'flood';

/** Why a session was cut that nobody had closed. */
type Cut = 'send-queue' | 'send-stall' | 'no-pong';

/** What became of looking a host up. */
export type LookUpOutcome = 'found' | LookUpRule | WebFingerRule | 'internal';

/** What became of dialling a peer on trial. */
export type TrialOutcome = 'ok' | TrialRule;

/** What the list of peers that were added at run time has brought. */
export type ListedChange = 'added' | 'changed' | 'withdrawn' | 'skipped';

/** Numbers that change by the second without having been counted. */
export interface GatewayLevels {
  peers(): number;
  /** 1 while there may be peers that this gateway has yet to hear of, else 0. */
  peersBehind(): number;
  sessions(): number;
  unauthenticatedSockets(): number;
  /** Questions to other services without an answer. */
  pendingInside(): number;
  /** When our certificate ends, ms since the epoch; undefined without one. */
  certificateExpiresAtMs(): number | undefined;
}

/**
 * Counted with plain numbers, as a frame must not pay for labels; prom-client reads them when it is
 * asked.
 */
export class GatewayMetrics {
  readonly received: Tally<BtpPacket['type']> = noFrames();
  readonly sent: Tally<BtpPacket['type']> = noFrames();
  readonly malformed: Tally<Malformation> = {
    text: 0,
    oversize: 0,
    unreadable: 0,
    'invalid-field': 0,
    'unexpected-answer': 0,
    'later-protocol': 0,
    'before-authentication': 0,
  };
  readonly admissions: Tally<Admission> = {
    accepted: 0,
    'wrong-credentials': 0,
    malformed: 0,
    'no-tls': 0,
    'not-http': 0,
    'no-upgrade': 0,
    'too-late': 0,
    'too-many': 0,
    'too-many-from-address': 0,
  };
  readonly requests: Tally<Handling> = {
    accepted: 0,
    refused: 0,
    unanswered: 0,
    'rate-limited': 0,
    'too-many': 0,
    draining: 0,
  };
  readonly deliveries: Tally<DeliveryEnd> = {
    accepted: 0,
    refused: 0,
    'given-up': 0,
    'loss-suspected': 0,
  };
  readonly pauses: Tally<ReadingPause> = { 'slow-reader': 0, flood: 0 };
  readonly cuts: Tally<Cut> = { 'send-queue': 0, 'send-stall': 0, 'no-pong': 0 };
  /** Certificates read while running. */
  readonly certificates: Tally<'loaded' | 'failed'> = { loaded: 0, failed: 0 };
  readonly lookUps: Tally<LookUpOutcome> = {
    found: 0,
    timeout: 0,
    unreachable: 0,
    'private-address': 0,
    certificate: 0,
    status: 0,
    'content-type': 0,
    redirect: 0,
    'too-many-redirects': 0,
    'too-large': 0,
    'not-json': 0,
    'not-an-object': 0,
    missing: 0,
    'not-text': 0,
    'not-a-uri': 0,
    'not-a-key': 0,
    internal: 0,
  };
  /** What all look-ups took together. */
  lookUpMs = 0;
  readonly trials: Tally<TrialOutcome> = {
    ok: 0,
    'not-a-peer-document': 0,
    'nothing-to-dial': 0,
    ourselves: 0,
    'too-many': 0,
    unreachable: 0,
    tls: 0,
    'timed-out': 0,
    refused: 0,
    'no-info': 0,
    currency: 0,
    scale: 0,
    prefix: 0,
    internal: 0,
  };
  readonly listed: Tally<ListedChange> = { added: 0, changed: 0, withdrawn: 0, skipped: 0 };
  /** Questions to other services, asked once more because no answer came. */
  readonly inside: Tally<'repeated'> = { repeated: 0 };
}

/** Makes the tallies and levels visible in `registry`. */
export function exposeMetrics(
  metrics: GatewayMetrics,
  levels: GatewayLevels,
  registry: Registry,
): void {
  const counters: readonly (readonly [name: string, help: string, label: string, Tally<string>])[] =
    [
      ['frames_received_total', 'BTP packets read, by type', 'type', metrics.received],
      ['frames_sent_total', 'BTP packets sent, by type', 'type', metrics.sent],
      ['frames_malformed_total', 'Frames passed over, by reason', 'reason', metrics.malformed],
      ['admissions_total', 'Sockets that came to authenticate', 'outcome', metrics.admissions],
      ['requests_total', 'Requests of peers, by outcome', 'outcome', metrics.requests],
      ['deliveries_total', 'Transfers and outcomes told to peers', 'outcome', metrics.deliveries],
      ['reading_pauses_total', 'Times that a peer was not read', 'cause', metrics.pauses],
      ['sessions_cut_total', 'Sessions ended without a word', 'cause', metrics.cuts],
      ['tls_reloads_total', 'Changes of our certificate', 'outcome', metrics.certificates],
      ['inside_repeats_total', 'Questions asked inside again', 'kind', metrics.inside],
      ['look_ups_total', 'Hosts looked up, by outcome', 'outcome', metrics.lookUps],
      ['peer_trials_total', 'Peers dialled on trial, by outcome', 'outcome', metrics.trials],
      ['run_time_peers_total', 'Changes by the list of peers', 'change', metrics.listed],
    ];
  for (const [name, help, label, counts] of counters) {
    exposeTally({ name: `causeway_gateway_${name}`, help, label, counts, registry });
  }
  const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
    ['peers', 'Peers that this gateway knows', () => levels.peers()],
    [
      'peers_behind',
      '1 while there may be peers that it has yet to hear of',
      () => levels.peersBehind(),
    ],
    ['sessions', 'Authenticated sessions', () => levels.sessions()],
    [
      'unauthenticated_sockets',
      'Sockets yet to authenticate',
      () => levels.unauthenticatedSockets(),
    ],
    [
      'pending_inside',
      'Questions to other services without an answer',
      () => levels.pendingInside(),
    ],
  ];
  for (const [name, help, read] of gauges) {
    exposeLevel({ name: `causeway_gateway_${name}`, help, read, registry });
  }
  exposeSum({
    name: 'causeway_gateway_look_up_seconds_total',
    help: 'What all look-ups of hosts took together',
    read: () => metrics.lookUpMs / MS_PER_SECOND,
    registry,
  });
  if (levels.certificateExpiresAtMs() !== undefined) exposeExpiry(levels, registry);
}

/** In seconds, as is the custom; not there at all without TLS, where 0 would look like long ago. */
function exposeExpiry(levels: GatewayLevels, registry: Registry): void {
  exposeLevel({
    name: 'causeway_gateway_tls_certificate_expires_seconds',
    help: 'When our certificate ends, seconds since the epoch',
    read: () => Math.floor((levels.certificateExpiresAtMs() ?? 0) / MS_PER_SECOND),
    registry,
  });
}

function noFrames(): Tally<BtpPacket['type']> {
  return { response: 0, error: 0, prepare: 0, fulfill: 0, reject: 0, message: 0 };
}

function exposeTally(exposed: {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly counts: Tally<string>;
  readonly registry: Registry;
}): void {
  const { name, help, label, counts, registry } = exposed;
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [value, count] of Object.entries(counts)) this.inc({ [label]: value }, count);
    },
  });
}

interface ExposedNumber {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
  readonly registry: Registry;
}

/** For a number that only grows. */
function exposeSum({ name, help, read, registry }: ExposedNumber): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function exposeLevel(exposed: ExposedNumber): void {
  const { name, help, read, registry } = exposed;
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
