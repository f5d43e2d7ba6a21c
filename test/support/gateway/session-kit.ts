import { decodeHot, encodeHot, type HotMessage } from '#contracts';
import { loadConfiguration } from '#platform';
import type { BtpPacket, BtpRequest } from '#protocol';
import { GatewayMetrics } from '../../../apps/btp-gateway/src/gateway-metrics';
import { type GatewayLimits, gatewayLimits } from '../../../apps/btp-gateway/src/gateway-limits';
import type { Log } from '../../../apps/btp-gateway/src/log';
import { PendingAnswers } from '../../../apps/btp-gateway/src/pending-answers';
import { BTP_1_0, type BtpDialect } from '../../../apps/btp-gateway/src/sessions/btp-dialect';
import { BtpSession } from '../../../apps/btp-gateway/src/sessions/btp-session';
import { PeerLoad } from '../../../apps/btp-gateway/src/sessions/peer-load';
import { FakeWire } from './fake-wire';

const { limits: DEFAULTS } = loadConfiguration({
  document: { connector: { address: 'test.causeway' }, console: { token: 'a-token' } },
  env: {},
});

/** The defaults, but for loads that a test can reach. */
export const LIMITS: GatewayLimits = gatewayLimits({
  ...DEFAULTS,
  inFlightPerPeer: 10,
  requestsPerPeerPerSecond: 100,
  unauthenticatedSockets: 10,
  sendQueueBytes: 1_048_576,
  sendHighWaterBytes: 262_144,
  sendLowWaterBytes: 65_536,
});

export interface LogLine {
  readonly level: keyof Log;
  readonly fields: object;
  readonly message: string;
}

/** A log that can be read. */
export class RecordedLog implements Log {
  readonly lines: LogLine[] = [];

  debug(fields: object, message: string): void {
    this.lines.push({ level: 'debug', fields, message });
  }

  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', fields, message });
  }

  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }

  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', fields, message });
  }

  messages(level: keyof Log): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}

/** A link without a bus: keeps what is sent, decoded. */
export class FakeLink {
  readonly sent: { readonly subject: string; readonly message: HotMessage }[] = [];

  send(subject: string, entry: Buffer): void {
    this.sent.push({ subject, message: decodeHot(Buffer.from(entry)) });
  }

  /** Messages of one kind, in order. */
  all<K extends HotMessage['kind']>(kind: K): Extract<HotMessage, { kind: K }>[] {
    return this.sent
      .map(({ message }) => message)
      .filter((message): message is Extract<HotMessage, { kind: K }> => message.kind === kind);
  }
}

export const START_MS = Date.UTC(2017, 7, 28, 9, 32);

/** One session on a fake wire, under a clock that moves only when told to. */
export class SessionKit {
  nowMs = START_MS;
  readonly limits: GatewayLimits;
  readonly wire: FakeWire;
  readonly link = new FakeLink();
  readonly log = new RecordedLog();
  readonly metrics = new GatewayMetrics();
  readonly pending: PendingAnswers;
  readonly load: PeerLoad;
  readonly session: BtpSession;
  readonly requests: BtpRequest[] = [];
  readonly endings: string[] = [];
  onRequest: (request: BtpRequest, nowMs: number) => void = () => undefined;

  constructor(
    limits: Partial<GatewayLimits> = {},
    private readonly dialect: BtpDialect = BTP_1_0,
  ) {
    this.limits = { ...LIMITS, ...limits };
    this.wire = new FakeWire(dialect);
    const clock = (): number => this.nowMs;
    this.load = new PeerLoad(this.limits, START_MS);
    const { metrics, log, link, wire, load } = this;
    this.pending = new PendingAnswers({
      gatewayId: 'gateway-test',
      link,
      limits: this.limits,
      metrics,
      clock,
    });
    this.session = new BtpSession(
      { peerId: 'alice', wire, dialect, load, limits: this.limits, metrics, log, clock },
      {
        onRequest: (request, nowMs) => {
          this.requests.push(request);
          this.onRequest(request, nowMs);
        },
        onClosed: (reason) => {
          this.endings.push(reason);
        },
      },
    );
  }

  receive(packet: BtpPacket): void {
    this.session.receive(this.dialect.encode(packet));
  }

  /** The answer of the inside to the question under `reference`. */
  answer(reference: number, error: { name: string; message: string } | null = null): void {
    const answer = { kind: 'answer', reference, error, balance: null } as const;
    const message = decodeHot(encodeHot(answer));
    if (message.kind === 'answer') this.pending.receive(message);
  }
}
