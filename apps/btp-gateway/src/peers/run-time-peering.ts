import { readPeersListReply, type Subjects } from '#contracts';
import type { ControlClient, ControlListener, Listening } from '#messaging';
import type { HostLookUpsParts } from './host-look-ups';
import { HostLookUps } from './host-look-ups';
import { OperatorDesk } from './operator-desk';
import { PeerTrials, type PeerTrialsParts } from './peer-trials';
import { RunTimePeers, type RunTimePeersParts } from './run-time-peers';

export interface RunTimePeeringParts
  extends PeerTrialsParts, Omit<RunTimePeersParts, 'ask' | 'ownHostname' | 'limits'> {
  readonly control: Pick<ControlClient, 'ask'>;
  readonly listener: Pick<ControlListener, 'listen'>;
  readonly subjects: Subjects;
  readonly webfinger: HostLookUpsParts['webfinger'];
}

/** Everything about peers that come and go while the gateway runs. */
export class RunTimePeering {
  private readonly peers: RunTimePeers;
  private readonly trials: PeerTrials;
  private readonly desk: OperatorDesk;
  private listening: Listening | undefined;

  constructor(private readonly parts: RunTimePeeringParts) {
    const { control, subjects, limits, webfinger } = parts;
    const question = { deadlineMs: limits.requestTimeoutMs, parse: readPeersListReply };
    this.peers = new RunTimePeers({
      ...parts,
      ownHostname: webfinger?.own.hostname,
      ask: () => control.ask(subjects.peersList, {}, question),
    });
    this.trials = new PeerTrials(parts);
    const hosts = new HostLookUps(parts);
    this.desk = new OperatorDesk({ ...parts, hosts, trials: this.trials });
  }

  /** As `RunTimePeers.isBehind`. */
  get isBehind(): boolean {
    return this.peers.isBehind;
  }

  /** Hears of changes before it asks for the list, so that none gets lost in between. */
  begin(): void {
    const { listener, subjects } = this.parts;
    this.listening = listener.listen(subjects.peersChanged, () => {
      this.peers.hurry();
      return Promise.resolve(null);
    });
    this.desk.open();
  }

  sweep(nowMs: number): void {
    this.peers.sweep(nowMs);
    this.trials.sweep(nowMs);
  }

  /** Peers stay what they are, and other gateways answer the operators. */
  stop(): void {
    this.peers.stop();
    this.trials.stop();
    this.desk.close().catch((error: unknown) => {
      this.parts.log.warn({ err: error }, 'the bus did not stop listening');
    });
  }

  async close(): Promise<void> {
    await this.listening?.stop();
  }
}
