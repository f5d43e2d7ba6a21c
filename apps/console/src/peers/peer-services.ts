import { setTimeout as sleep } from 'node:timers/promises';
import {
  type HostLookUpReply,
  type LedgerDescription,
  type LedgerOpenReply,
  mergePeerStates,
  type PeerStandingAt,
  type PeerTrialReply,
  readHostLookUpReply,
  readLedgerOpenReply,
  readPeerStateReply,
  readPeerTrialReply,
  type Subjects,
} from '#contracts';
import {
  BusClosedError,
  type ControlClient,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
} from '#messaging';
import { isUnknown } from '../order-desk';
import { ledgerUnavailable, noAnswer } from '../order-errors';
import { gatewayUnavailable } from './peer-errors';

/** How long the owner of a ledger is asked to open it, a hand-over to another one included. */
const OPEN_WITHIN_MS = 5_000;
const ASK_AGAIN_MS = 100;
/** Beyond the time that a gateway itself may take. */
const SLACK_MS = 5_000;
/** How many gateways there are nobody knows, so all of this is waited for their answers. */
const STATES_WITHIN_MS = 300;

/** How the peers stand; with no gateway that answers nobody knows. */
export interface PeerStates {
  readonly gateways: number;
  readonly standings: ReadonlyMap<string, PeerStandingAt>;
}

/** How long a gateway may take. */
export interface GatewayTimes {
  readonly lookUpMs: number;
  readonly trialMs: number;
}

/** What the console asks the other services about peers, and tells them. */
export class PeerServices {
  constructor(
    private readonly control: Pick<ControlClient, 'ask' | 'askAll' | 'announce'>,
    private readonly subjects: Subjects,
    private readonly times: GatewayTimes,
  ) {}

  /**
   * Asks for as long as it is certain that nothing has happened.
   * @throws HttpException 503 | 504
   */
  async openLedger(ledger: LedgerDescription): Promise<Opened | Conflict> {
    const deadline = performance.now() + OPEN_WITHIN_MS;
    for (;;) {
      const left = Math.ceil(deadline - performance.now());
      const reply = await this.askToOpen(ledger, Math.max(1, left));
      if (reply.outcome !== 'unavailable') return reply;
      if (left <= ASK_AGAIN_MS) throw ledgerUnavailable('it has no owner');
      await sleep(ASK_AGAIN_MS);
    }
  }

  /** Dials a peer that nobody has added yet. @throws HttpException 503 */
  tryPeer(document: Readonly<Record<string, unknown>>): Promise<PeerTrialReply> {
    const question = { deadlineMs: this.times.trialMs + SLACK_MS, parse: readPeerTrialReply };
    return this.askGateway(() => this.control.ask(this.subjects.peerTrial, { document }, question));
  }

  /** @throws HttpException 503 */
  lookUp(hostname: string): Promise<HostLookUpReply> {
    const deadlineMs = this.times.lookUpMs + SLACK_MS;
    const question = { deadlineMs, parse: readHostLookUpReply };
    return this.askGateway(() =>
      this.control.ask(this.subjects.hostLookUp, { hostname }, question),
    );
  }

  /** Of a gateway that stays silent nothing is known, and that is no failure. */
  async states(): Promise<PeerStates> {
    const question = { deadlineMs: STATES_WITHIN_MS, parse: readPeerStateReply };
    const replies = await this.control
      .askAll(this.subjects.peerState, {}, question)
      .catch(noneIfClosed);
    const merged = mergePeerStates(replies);
    return {
      gateways: replies.length,
      standings: new Map(merged.map((standing) => [standing.peerId, standing])),
    };
  }

  /** Whoever does not hear it finds out by himself, later. */
  announceChange(): void {
    this.control.announce(this.subjects.peersChanged, {});
  }

  private async askToOpen(ledger: LedgerDescription, deadlineMs: number): Promise<LedgerOpenReply> {
    try {
      const question = { deadlineMs, parse: readLedgerOpenReply };
      return await this.control.ask(this.subjects.ledgerOpen, ledger, question);
    } catch (error) {
      if (error instanceof NoResponderError) return { outcome: 'unavailable' };
      if (isUnknown(error)) throw noAnswer(OPEN_WITHIN_MS, 'the ledger');
      if (error instanceof BusClosedError) throw ledgerUnavailable(error.message);
      if (error instanceof RemoteError) throw ledgerUnavailable(error.reason);
      throw error;
    }
  }

  private async askGateway<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof NoResponderError) throw gatewayUnavailable('none answers');
      if (error instanceof RemoteError) throw gatewayUnavailable(error.reason);
      if (error instanceof DeadlineExceededError || error instanceof BusClosedError) {
        throw gatewayUnavailable(error.message);
      }
      throw error;
    }
  }
}

export type Conflict = Extract<LedgerOpenReply, { outcome: 'conflict' }>;
type Opened = Exclude<LedgerOpenReply, { outcome: 'conflict' | 'unavailable' }>;

function noneIfClosed(error: unknown): [] {
  if (error instanceof BusClosedError) return [];
  throw error;
}
