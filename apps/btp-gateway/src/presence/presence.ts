import { type GatewayPresence, readGatewayPresence } from '#contracts';
import type { ControlClient, ControlListener, Listening } from '#messaging';
import type { Log } from '../log';

export interface PresenceParts {
  readonly gatewayId: string;
  /** Where all gateways announce themselves. */
  readonly subject: string;
  readonly control: Pick<ControlClient, 'announce'>;
  readonly listener: Pick<ControlListener, 'listen'>;
  readonly everyMs: number;
  readonly log: Log;
  readonly clock: () => number;
  /** What we hold at the moment. */
  readonly holdings: () => Pick<GatewayPresence, 'holds' | 'connected'>;
  /** Do our own announcements come back to us? */
  readonly isHearing: (nowMs: number) => boolean;
  readonly onHeard: (presence: GatewayPresence, nowMs: number) => void;
}

/** Tells the other gateways that this one is there and what it holds, and hears the same of them. */
export class Presence {
  private listening: Listening | undefined;
  private state: GatewayPresence['state'] = 'here';
  private dueAtMs = Infinity;

  constructor(private readonly parts: PresenceParts) {}

  start(): void {
    const { listener, subject, clock } = this.parts;
    this.listening = listener.listen(subject, (data) => {
      this.hear(data);
      return Promise.resolve(null);
    });
    this.announce(clock());
  }

  /** Announces it with the next sweep. */
  hurry(): void {
    if (this.listening !== undefined) this.dueAtMs = -Infinity;
  }

  /** From now on others may take over what we hold. */
  leave(): void {
    if (this.state === 'leaving') return;
    this.state = 'leaving';
    if (this.listening !== undefined) this.announce(this.parts.clock());
  }

  sweep(nowMs: number): void {
    if (nowMs >= this.dueAtMs) this.announce(nowMs);
  }

  async stop(): Promise<void> {
    this.dueAtMs = Infinity;
    await this.listening?.stop();
  }

  private announce(nowMs: number): void {
    const { control, subject, gatewayId, everyMs, holdings, isHearing } = this.parts;
    this.dueAtMs = nowMs + everyMs;
    const asks = !isHearing(nowMs);
    const { holds, connected } = holdings();
    const presence: GatewayPresence = { gatewayId, state: this.state, asks, holds, connected };
    control.announce(subject, presence);
  }

  private hear(data: unknown): void {
    const { gatewayId, log, clock, onHeard } = this.parts;
    let presence: GatewayPresence;
    try {
      presence = readGatewayPresence(data);
    } catch (error) {
      log.warn({ err: error }, 'an announcement of a gateway cannot be read');
      return;
    }
    if (presence.asks && presence.gatewayId !== gatewayId) this.hurry();
    onHeard(presence, clock());
  }
}
