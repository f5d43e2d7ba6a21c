import type { PeerSettings } from '#platform';
import { type ProtocolData, readBalance, readLimit, type RpcMethod } from '#protocol';
import type { GatewayLimits } from '../gateway-limits';
import { judgeAnswer, type RpcVerdict } from '../rpc/rpc-answer';
import { type RpcAnswer, RpcClient } from '../rpc/rpc-client';
import { configuredLedger } from '../sessions/configured-ledger';
import type { Clock } from '../sessions/wire';
import { isTlsFault, type TrustedAuthorities } from '../sockets/trusted-authorities';
import type { LookupOf } from '../webfinger/webfinger';
import type { Trial, TrialFindings } from './trial';
import { TrialError } from './trial-error';

export interface RpcTrialParts {
  readonly limits: Pick<GatewayLimits, 'frameBytes' | 'rpcCallsPerPeer'>;
  readonly authorities: Pick<TrustedAuthorities, 'secureContext'>;
  readonly lookupOf: LookupOf;
  readonly clock: Clock;
}

/**
 * Calls a peer of the historic RPC for its limit and its balance. Whoever answers under the prefix and
 * the token has the ledger with us that they name.
 */
export class RpcTrial implements Trial {
  private readonly client: RpcClient;
  private readonly ledger: ReturnType<typeof configuredLedger>;

  constructor(
    private readonly parts: RpcTrialParts,
    peer: PeerSettings,
  ) {
    const { limits, authorities, lookupOf } = parts;
    this.ledger = configuredLedger(peer);
    this.client = new RpcClient({
      uri: peer.rpcUri ?? '',
      prefix: this.ledger.prefix,
      token: peer.token,
      connections: limits.rpcCallsPerPeer,
      answerBytes: limits.frameBytes,
      secureContext: authorities.secureContext(),
      lookup: lookupOf(peer),
    });
  }

  async run(): Promise<TrialFindings> {
    const { prefix, currencyCode, currencyScale, account } = this.ledger;
    const limit = told(await this.call('get_limit'), readLimit);
    const balance = await this.call('get_balance').catch(() => undefined);
    return {
      prefix,
      currencyCode,
      currencyScale,
      account: prefix + account,
      limit: limit.toString(),
      ...(balance?.kind === 'response' && { balance: told(balance, readBalance).toString() }),
    };
  }

  /** A call waits as long as the whole trial may take. */
  sweep(): void {
    return;
  }

  giveUp(): void {
    this.client.close();
  }

  private async call(method: RpcMethod): Promise<RpcVerdict> {
    const answer = await new Promise<RpcAnswer | Error>((resolve) => {
      this.client.post(method, NO_PARAMETERS, resolve);
    });
    if (answer instanceof Error) {
      throw new TrialError(isTlsFault(answer) ? 'tls' : 'unreachable', answer.message);
    }
    const { prefix, account, peerAccount } = this.ledger;
    const ledger = { prefix, account: prefix + account, peerAccount: prefix + peerAccount };
    return judgeAnswer(answer, { method, ledger, nowMs: this.parts.clock() });
  }
}

const NO_PARAMETERS = Buffer.from('[]');

/** @throws TrialError */
function told<T>(verdict: RpcVerdict, read: (entry: ProtocolData) => T): T {
  switch (verdict.kind) {
    case 'response': {
      const [entry] = verdict.protocolData;
      if (entry !== undefined) return read(entry);
      throw new TrialError('no-info', 'the answer says nothing');
    }
    case 'stranger':
      throw new TrialError('refused', `the peer does not know us: ${verdict.reason}`);
    case 'refusal':
      throw new TrialError('no-info', `${verdict.refusal.name}: ${verdict.refusal.message}`);
    case 'silence':
      throw new TrialError('unreachable', verdict.reason);
  }
}
