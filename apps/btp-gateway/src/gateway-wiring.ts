import type { SessionNews, Subjects } from '#contracts';
import { subjectsOf } from '#contracts';
import {
  type BatchedLink,
  type ControlClient,
  type ControlListener,
  RemotePeers,
} from '#messaging';
import type { ConnectorSettings, GatewaySettings, PeerSettings } from '#platform';
import { controlQuestions } from './control-questions';
import type { GatewayLimits } from './gateway-limits';
import type { GatewayMetrics } from './gateway-metrics';
import { BroadcastLanes } from './requests/broadcast-lanes';
import { QuoteLine } from './requests/quote-line';
import type { Log } from './log';
import type { PeerDirectory } from './peer-directory';
import type { PendingAnswers } from './pending-answers';
import type { DialledPeers } from './presence/dialled-peers';
import type { GatewayRoster } from './presence/gateway-roster';
import { Presence } from './presence/presence';
import type { SessionSurroundings } from './sessions/peer-session';
import type { PeerStates, SessionObserver } from './sessions/peer-states';
import type { Clock } from './sessions/wire';
import type { WebFingerIdentity } from './webfinger/webfinger';

export interface GatewayParts {
  /** Unlike that of any other gateway, also of the one before a restart; a slug. */
  readonly gatewayId: string;
  readonly configuration: {
    readonly connector: Pick<ConnectorSettings, 'slug' | 'address'>;
    readonly gateway: GatewaySettings;
    readonly peers: readonly PeerSettings[];
  };
  readonly limits: GatewayLimits;
  readonly link: Pick<BatchedLink, 'send' | 'listen'>;
  readonly control: Pick<ControlClient, 'ask' | 'announce'>;
  readonly listener: Pick<ControlListener, 'listen'>;
  readonly log: Log;
  /** Without it nobody finds us by our host, nor we others. */
  readonly webfinger?: WebFingerIdentity;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

export function gatewaySubjects({ configuration }: GatewayParts): Subjects {
  return subjectsOf(configuration.connector.slug);
}

/** Where what peers ask is answered. */
export function quoteLine(parts: GatewayParts, clock: Clock): QuoteLine {
  const { gatewayId, limits, link } = parts;
  const { quoterQuestions: questions, gatewayQuotes } = gatewaySubjects(parts);
  return new QuoteLine({
    gatewayId,
    link,
    subjects: { questions, answers: gatewayQuotes(gatewayId) },
    withinMs: limits.quoteMs,
    repeatMs: limits.repeatInsideMs,
    clock,
  });
}

/** What all sessions work with. */
export function surroundings(
  parts: GatewayParts,
  made: {
    readonly pending: PendingAnswers;
    readonly quotes: Pick<QuoteLine, 'ask'>;
    readonly metrics: GatewayMetrics;
    readonly clock: Clock;
    readonly states: PeerStates;
    readonly directory: PeerDirectory;
    readonly isDraining: () => boolean;
  },
): SessionSurroundings {
  const { limits, link, control, listener, log } = parts;
  const { directory, quotes, ...shared } = made;
  const subjects = gatewaySubjects(parts);
  const { askRouter, ...questions } = controlQuestions({
    control,
    subjects,
    openWithinMs: limits.requestTimeoutMs,
  });
  const { clock } = made;
  return {
    ...shared,
    link,
    subjects,
    limits,
    log,
    listener,
    peers: new RemotePeers(control, subjects),
    recognises: (peer, username, token) =>
      directory.recognise(peer.btpVersion, username, token)?.id === peer.id,
    ...questions,
    quoter: quotes.ask,
    broadcasts: new BroadcastLanes({ askRouter, withinMs: limits.quoteMs, clock }),
  };
}

/** Tells routers and quoters which peers are connected here; what is lost they hear when they ask. */
export function sessionAnnouncer(parts: GatewayParts): SessionObserver {
  const { gatewayId, control } = parts;
  const { gatewaySessions } = gatewaySubjects(parts);
  return (news) => {
    control.announce(gatewaySessions, { gatewayId, ...news } satisfies SessionNews);
  };
}

/** Tells the other gateways what we dial, and hears what they do. */
export function presenceOf(
  parts: GatewayParts,
  made: {
    readonly roster: GatewayRoster;
    readonly dialled: DialledPeers;
    readonly clock: Clock;
  },
): Presence {
  const { gatewayId, control, listener, limits, log } = parts;
  const { roster, dialled, clock } = made;
  return new Presence({
    gatewayId,
    subject: gatewaySubjects(parts).gatewayPresence,
    control,
    listener,
    everyMs: limits.gatewayPresenceMs,
    log,
    clock,
    holdings: () => ({ holds: [...dialled.holds], connected: [...dialled.connected] }),
    isHearing: roster.isHearing.bind(roster),
    onHeard: (presence, nowMs) => {
      roster.hear(presence, nowMs);
      dialled.review(nowMs);
    },
  });
}
