import type { PeerSettings } from '#platform';
import {
  type BtpRequest,
  CCP_DIALECTS,
  infoRequest,
  type LedgerInfo,
  ledgerInfoEntry,
  numberRequest,
  type ProtocolData,
  readLedgerInfo,
  readLimit,
  SUB_PROTOCOL,
  UnreadablePacketError,
} from '#protocol';
import type { GatewayLimits } from '../gateway-limits';
import type { Log } from '../log';
import { askPeer } from '../sessions/ask-peer';
import { BTP_1_0, btpAlpha } from '../sessions/btp-dialect';
import { BtpSession } from '../sessions/btp-session';
import { mismatchOf } from '../sessions/introduction';
import { balanceReader } from '../sessions/peer-balance';
import { PeerLoad } from '../sessions/peer-load';
import type { Clock } from '../sessions/wire';
import { AlphaReader } from '../sockets/alpha-reader';
import { Dial, type DialParts } from '../sockets/dial';
import type { FramedSocket } from '../sockets/framed-socket';
import type { Trial, TrialFindings } from './trial';
import { TrialError } from './trial-error';

export interface BtpTrialParts extends DialParts {
  readonly limits: GatewayLimits;
  readonly log: Log;
  readonly clock: Clock;
}

const ON_TRIAL = 'this session is a trial, and ends in a moment';

/** Dials a peer, is let in, asks what SPEC §9.3 asks, and hangs up. Nothing is opened or recorded. */
export class BtpTrial implements Trial {
  private dial: Dial | undefined;
  private session: BtpSession | undefined;
  private isRefused = false;
  private ending = '';
  /** Prefix of the ledger, ours if we know it, else as the peer says. */
  private prefix: string | undefined;
  /** Ids of the requests for `info` that came before we knew the prefix. */
  private asked: number[] = [];

  constructor(
    private readonly parts: BtpTrialParts,
    private readonly peer: PeerSettings,
  ) {
    this.prefix = peer.ledger.prefix;
  }

  async run(): Promise<TrialFindings> {
    const session = await this.reach();
    if (this.peer.authority === 'admin') return this.ownLedger();
    const [info, limit, balance] = await Promise.all([
      this.askInfo(session),
      askPeer(session, numberRequest('limit'), readLimit),
      askPeer(session, numberRequest('balance'), balanceReader(this.peer.btpVersion)),
    ]);
    if (info.kind !== 'told') throw this.withoutInfo(info.reason);
    const mismatch = mismatchOf(info.value, this.peer);
    if (mismatch !== undefined) throw new TrialError(mismatch.rule, mismatch.reason);
    const { prefix, currencyCode, currencyScale } = info.value;
    return {
      prefix,
      currencyCode,
      currencyScale,
      account: prefix + this.peer.ledger.account,
      ...(limit.kind === 'told' && { limit: limit.value.toString() }),
      ...(balance.kind === 'told' &&
        balance.value !== undefined && { balance: balance.value.toString() }),
    };
  }

  sweep(nowMs: number): void {
    this.session?.sweep(nowMs);
  }

  giveUp(): void {
    this.dial?.giveUp();
    this.session?.close('the trial is over');
  }

  /** What the peer says right behind its welcome is heard, too. */
  private reach(): Promise<BtpSession> {
    return new Promise((resolve, reject) => {
      this.dial = new Dial(this.parts, this.peer, {
        onOpen: (framed) => {
          resolve(this.open(framed));
        },
        onFailed: ({ rule, reason }) => {
          reject(new TrialError(rule, reason));
        },
      });
      this.dial.begin();
    });
  }

  private open(framed: FramedSocket): BtpSession {
    const { limits, metrics, log, clock } = this.parts;
    const { id, btpVersion, ledger } = this.peer;
    const isAlpha = btpVersion === 'BTP/alpha';
    const account = (ledger.prefix ?? '') + ledger.account;
    const dialect = isAlpha ? btpAlpha(() => account, clock) : BTP_1_0;
    const load = new PeerLoad(limits, clock());
    const shared = { dialect, load, limits, metrics, log, clock };
    const session = new BtpSession(
      { ...shared, peerId: id, wire: framed },
      {
        onRequest: (request) => {
          this.answer(session, request);
        },
        onClosed: (reason) => {
          this.ending = reason;
        },
      },
    );
    const onPolicyViolation = (): void => {
      this.isRefused = true;
    };
    framed.handOver(isAlpha ? new AlphaReader(session, onPolicyViolation) : session);
    this.session = session;
    return session;
  }

  /** The server's prefix counts where none is agreed (SPEC D-21), so whoever asks us hears it again. */
  private async askInfo(session: BtpSession): ReturnType<typeof askPeer<LedgerInfo>> {
    const info = await askPeer(session, infoRequest('full'), readInfo);
    if (info.kind === 'told') this.prefix ??= info.value.prefix;
    for (const requestId of this.asked.splice(0)) this.introduce(session, requestId);
    return info;
  }

  /** One that keeps the ledger together with us answers only after it has heard what we mean. */
  private answer(session: BtpSession, request: BtpRequest): void {
    const [asked] = request.type === 'message' ? request.protocolData : [];
    if (asked?.protocolName !== SUB_PROTOCOL.info || this.peer.authority === 'admin') {
      session.refuse(request.requestId, 'UnreachableError', ON_TRIAL);
    } else if (this.prefix === undefined) this.asked.push(request.requestId);
    else this.introduce(session, request.requestId);
  }

  private introduce(session: BtpSession, requestId: number): void {
    const { currencyCode, currencyScale, account } = this.peer.ledger;
    const { prefix } = this;
    if (prefix === undefined) {
      session.refuse(requestId, 'UnreachableError', ON_TRIAL);
      return;
    }
    const connectors = [prefix + account];
    const info = { prefix, currencyCode, currencyScale, connectors, ccpDialects: CCP_DIALECTS };
    session.respond(requestId, [ledgerInfoEntry(info)]);
  }

  private withoutInfo(reason: string): TrialError {
    if (this.isRefused) return new TrialError('refused', 'the peer does not take our credentials');
    const ended = this.ending === '' ? '' : `, and the session is over: ${this.ending}`;
    return new TrialError('no-info', `info: ${reason}${ended}`);
  }

  /** Where the ledger is ours to keep, the peer has nothing to tell of it. */
  private ownLedger(): TrialFindings {
    const { prefix = '', currencyCode, currencyScale, account } = this.peer.ledger;
    return { prefix, currencyCode, currencyScale, account: prefix + account };
  }
}

/** A prefix that is none is told from an answer that means nothing. @throws TrialError */
function readInfo(entry: ProtocolData): LedgerInfo {
  try {
    return readLedgerInfo(entry);
  } catch (error) {
    const isPrefix = error instanceof UnreadablePacketError && error.field === 'info.prefix';
    if (!isPrefix) throw error;
    throw new TrialError('prefix', 'the prefix is none, which ends in a dot');
  }
}
