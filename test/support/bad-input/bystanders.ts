import { setTimeout as sleep } from 'node:timers/promises';
import { type ProtocolData, readRoutingBroadcast } from '#protocol';
import { PayingPeer } from '../paying-peer';
import { until } from '../running-connector';
import { tokenOf } from '../dialling-peers';
import { type BesiegedConnector, PATIENCE_MS } from './besieged-connector';
import { EXPIRES_IN_MS } from './requests';
import { aRoute, anUpdate, broadcastOf, verdictOf } from './told-routes';

/** Of what the payer spends, half arrives behind a route as `aRoute` makes it. */
const SPENDS = { amount: 10n, expiresInMs: EXPIRES_IN_MS };
/** They are no flood themselves. */
const PAUSE_MS = 20;
/** A peer is told anew of everything if it was too slow for a part of it. */
const TOLD_WITHIN_MS = 150_000;

/** rita and sam, who pay each other whatever others do. */
export class Bystanders {
  private villages = 0;

  private constructor(
    private readonly rita: PayingPeer,
    private readonly sam: PayingPeer,
  ) {}

  static async of({ url }: BesiegedConnector): Promise<Bystanders> {
    const dial = (peer: 'rita' | 'sam'): Promise<PayingPeer> =>
      PayingPeer.dial({ url, token: tokenOf(peer), patienceMs: PATIENCE_MS });
    return new Bystanders(await dial('rita'), await dial('sam'));
  }

  /**
   * They pay each other until the work is done, and rita tells of a place to which sam then pays.
   * @returns how their payments ended, one by one
   */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    let isOver = false;
    const paying = this.payUntil(() => isOver);
    const telling = this.tellOfAVillage();
    try {
      await work();
    } finally {
      isOver = true;
    }
    return [...(await paying), await telling];
  }

  async close(): Promise<void> {
    await Promise.all([this.rita.close(), this.sam.close()]);
  }

  private async payUntil(isOver: () => boolean): Promise<string[]> {
    const outcomes: string[] = [];
    do {
      outcomes.push(await this.rita.pay({ ...SPENDS, to: 'test.sam.client.x' }));
      outcomes.push(await this.sam.pay({ ...SPENDS, to: 'test.rita.client.x' }));
      await sleep(PAUSE_MS);
    } while (!isOver());
    return outcomes;
  }

  private async tellOfAVillage(): Promise<string> {
    const village = `test.village${++this.villages}.`;
    const told = broadcastOf(anUpdate([aRoute('rita', village)]));
    const verdict = verdictOf(await this.rita.btp.message(told));
    if (verdict !== 'accepted') return `told: ${verdict}`;
    await until(TOLD_WITHIN_MS, `sam hears of ${village}`, () => this.samHeardOf(village));
    return this.sam.pay({ ...SPENDS, to: `${village}x`, delivers: SPENDS.amount / 2n });
  }

  private samHeardOf(village: string): boolean {
    return this.sam.btp.requests.some(
      (request) =>
        request.type === 'message' && destinationsIn(request.protocolData).includes(village),
    );
  }
}

function destinationsIn(protocolData: readonly ProtocolData[]): readonly string[] {
  const setting = { ledger: 'test.sam.', peerAccount: 'test.sam.server' };
  const told = readRoutingBroadcast(protocolData, setting);
  return told?.type === 'update'
    ? told.update.newRoutes.map(({ destinationLedger }) => destinationLedger)
    : [];
}
