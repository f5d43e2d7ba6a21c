import type { PeerTrialReply } from '#contracts';
import { PeerDocumentError, type PeerSettings, peerText, readPeerDocument } from '#platform';
import type { GatewayLimits } from '../gateway-limits';
import type { PeerDirectory } from '../peer-directory';
import { BtpTrial, type BtpTrialParts } from './btp-trial';
import { RpcTrial } from './rpc-trial';
import type { Trial, TrialFindings } from './trial';
import { TrialError } from './trial-error';

export interface PeerTrialsParts extends BtpTrialParts {
  readonly limits: GatewayLimits;
  readonly directory: Pick<PeerDirectory, 'recognise'>;
}

/**
 * Dials peers that an operator thinks of adding, asks them what they say, and hangs up; opens no
 * ledger. Where such a peer leads is the operator's word, as it is in the configuration: private
 * addresses are dialled, too. A peer that has a session with us under the same credentials may end that
 * one for it (SPEC D-4).
 */
export class PeerTrials {
  private readonly running = new Set<Trial>();

  constructor(private readonly parts: PeerTrialsParts) {}

  /** Never rejects, and takes `limits.peerTrialMs` at most. */
  async try(document: unknown): Promise<PeerTrialReply> {
    const { metrics, log } = this.parts;
    let token = '';
    try {
      const peer = read(document);
      ({ token } = peer);
      const findings = await this.within(this.trialOf(peer));
      metrics.trials.ok += 1;
      return { outcome: 'ok', ...findings };
    } catch (error) {
      const isExpected = error instanceof TrialError;
      if (!isExpected) log.error({ err: error }, 'a peer could not be tried');
      const rule = isExpected ? error.rule : 'internal';
      const message = isExpected ? error.message : 'internal error';
      metrics.trials[rule] += 1;
      return { outcome: 'failed', rule, message: peerText(masked(message, token)) };
    }
  }

  sweep(nowMs: number): void {
    for (const trial of this.running) trial.sweep(nowMs);
  }

  /** Hangs up wherever a peer is still asked. */
  stop(): void {
    for (const trial of this.running) trial.giveUp();
  }

  /** @throws TrialError */
  private trialOf(peer: PeerSettings): Trial {
    const { directory, limits } = this.parts;
    if (peer.discovery === 'webfinger' || peer.socket === 'server') {
      throw new TrialError('nothing-to-dial', 'only a peer with a URI to dial can be tried');
    }
    if (this.running.size >= limits.peerTrialsAtOnce) {
      throw new TrialError('too-many', 'this gateway has too many peers on trial already');
    }
    if (peer.rpcUri !== undefined) return new RpcTrial(this.parts, peer);
    const self = directory.recognise(peer.btpVersion, peer.username, peer.token);
    if (self !== undefined) {
      const message = `with these credentials the peer ${self.id} dials us, not we another`;
      throw new TrialError('ourselves', message);
    }
    return new BtpTrial(this.parts, peer);
  }

  private async within(trial: Trial): Promise<TrialFindings> {
    const { peerTrialMs } = this.parts.limits;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new TrialError('timed-out', `the trial took more than ${peerTrialMs} ms`));
      }, peerTrialMs);
    });
    this.running.add(trial);
    try {
      return await Promise.race([trial.run(), deadline]);
    } finally {
      clearTimeout(timer);
      this.running.delete(trial);
      trial.giveUp();
    }
  }
}

/** @throws TrialError */
function read(document: unknown): PeerSettings {
  try {
    return readPeerDocument(document);
  } catch (error) {
    if (!(error instanceof PeerDocumentError)) throw error;
    throw new TrialError('not-a-peer-document', error.message);
  }
}

/** Some peers repeat in their refusal what they were shown. */
function masked(message: string, token: string): string {
  return token === '' ? message : message.replaceAll(token, '***');
}
