import type { PlanSettings } from '../../libs/domain/payment';
import { atOnce, planAtOnce } from '../support/at-once';
import type { Rate } from '../../libs/domain/liquidity';
import {
  answerQuotePacket,
  BROADCAST_DEFAULTS,
  BroadcastState,
  exportSource,
  receiveBroadcast,
  RoutingTables,
} from '../../libs/domain/routing';
import {
  broadcastEntry,
  decodeIlp,
  encodeIlp,
  type IlpPacket,
  readRoutingBroadcast,
} from '../../libs/protocol';

const NOW = Date.parse('2026-11-23T09:32:00.000Z');
const HOLD_MS = 5_000;
const WINDOW_MS = 1_000;
const SECRET = Buffer.alloc(32, 7);
const TRANSFER = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';
const QUOTE_RULES = { maxHoldTimeMs: 10_000, quoteExpiryMs: 45_000 };

/** What one connector takes for passing money from its left ledger to its right one. */
export interface ChainHop {
  /** Right currency per left currency. */
  readonly rate: Rate;
  readonly spreadPpm: bigint;
  /** Base units of the left ledger. */
  readonly fee: bigint;
  /** Least the two ledgers can carry; no limit if not given. */
  readonly maxIn?: bigint;
  readonly maxOut?: bigint;
}

export interface ChainShape {
  /** Of the ledgers, from the payer's to the payee's; one more than there are hops. */
  readonly scales: readonly number[];
  readonly hops: readonly ChainHop[];
  readonly dialect: 'v17' | 'v21';
}

/** How a payment ended. */
export type ChainOutcome =
  | { readonly delivered: bigint }
  /** Connectors are counted from 0. */
  | { readonly code: string; readonly refusedBy: number };

const prefixOf = (place: number): string => `test.ledger${place}.`;
const ledgerIdOf = (place: number): string => `ledger-${place}`;

/**
 * Connectors in a row, each with a ledger on either side. They know of each other what they were
 * told in broadcasts, byte for byte; payments and quotes go through each by its real decisions.
 */
export class ChainOfConnectors {
  readonly payee: string;
  private readonly tables: readonly RoutingTables[];

  constructor(private readonly shape: ChainShape) {
    this.payee = `${prefixOf(shape.hops.length)}payee`;
    this.tables = shape.hops.map((hop, place) => this.tablesAt(place, hop));
    for (let place = shape.hops.length - 1; place > 0; place -= 1) this.tellLeft(place);
  }

  /** What the first connector asks for an amount at the payee; undefined where it refuses. */
  quoted(destinationAmount: bigint): bigint | undefined {
    const answer = this.answer({ type: 'by-destination-request', destinationAmount });
    return answer.type === 'by-destination-response' ? answer.sourceAmount : undefined;
  }

  /** What the first connector promises at the payee for an amount; undefined where it refuses. */
  quotedFor(sourceAmount: bigint): bigint | undefined {
    const answer = this.answer({ type: 'by-source-request', sourceAmount });
    return answer.type === 'by-source-response' ? answer.destinationAmount : undefined;
  }

  /** A payment of so much to the first connector, for what is asked at the payee. */
  pay(sourceAmount: bigint, asked: bigint, slippagePpm: bigint): ChainOutcome {
    const packet = encodeIlp({
      type: 'payment',
      amount: asked,
      account: this.payee,
      data: Buffer.alloc(0),
    });
    let incoming = { amount: sourceAmount, transferId: TRANSFER, expiresAtMs: NOW + 9_000 };
    for (const [place, tables] of this.tables.entries()) {
      const settings = settingsOf(place, slippagePpm);
      const plan = planAtOnce(tables, {
        ledgerId: ledgerIdOf(place),
        ...incoming,
        packet,
        nowMs: NOW,
        secret: SECRET,
        settings,
      });
      if (plan.kind !== 'forward') return { code: plan.code, refusedBy: place };
      incoming = plan;
    }
    return { delivered: incoming.amount };
  }

  private answer(
    asked:
      | { readonly type: 'by-destination-request'; readonly destinationAmount: bigint }
      | { readonly type: 'by-source-request'; readonly sourceAmount: bigint },
  ): IlpPacket {
    const to = { destinationAccount: this.payee, destinationHoldDurationMs: HOLD_MS };
    const { packet } = atOnce(
      answerQuotePacket(this.at(0), {
        ledgerId: ledgerIdOf(0),
        packet: encodeIlp({ ...asked, ...to }),
        nowMs: NOW,
        rules: QUOTE_RULES,
        connectorAddress: prefixOf(0),
      }),
    );
    return decodeIlp(packet);
  }

  private at(place: number): RoutingTables {
    const tables = this.tables[place];
    if (tables === undefined) throw new Error(`there is no connector ${place}`);
    return tables;
  }

  private tablesAt(place: number, hop: ChainHop): RoutingTables {
    const ledger = (at: number, peerAccount: string | undefined) => ({
      ledgerId: ledgerIdOf(at),
      prefix: prefixOf(at),
      currencyScale: this.shape.scales[at] ?? 0,
      account: `connector${place}`,
      ...(peerAccount !== undefined && { peerAccount }),
    });
    const last = this.shape.hops.length - 1;
    const left = ledger(place, place === 0 ? undefined : `connector${place - 1}`);
    const right = ledger(place + 1, place === last ? undefined : `connector${place + 1}`);
    return RoutingTables.build([left, right], {
      spreadPpm: 0n,
      minMessageWindowMs: WINDOW_MS,
      staticRoutes: [],
      pricing: (source) => {
        if (source.ledgerId !== left.ledgerId) return undefined;
        const { rate, spreadPpm, fee: fixedFee, maxIn, maxOut } = hop;
        const limits = {
          ...(maxIn !== undefined && { maxIn }),
          ...(maxOut !== undefined && { maxOut }),
        };
        return { rate, spreadPpm, fixedFee, ...limits };
      },
    });
  }

  /** One broadcast of a connector to its left neighbour, as bytes. */
  private tellLeft(place: number): void {
    const tables = this.at(place);
    const ledger = prefixOf(place);
    const teller = `${ledger}connector${place}`;
    const state = new BroadcastState({
      ...BROADCAST_DEFAULTS,
      dialect: this.shape.dialect,
      sourceLedger: ledger,
      sourceAccount: teller,
    });
    state.connected('session');
    const source = exportSource(() => {
      const told = tables.exportOver(ledgerIdOf(place), NOW);
      if (told === undefined) throw new Error('there is no such ledger');
      return told;
    });
    const outgoing = state.tick(NOW, source);
    if (outgoing === undefined) throw new Error('nothing is told');
    const entry = broadcastEntry(outgoing.update, outgoing.form, 'custom');
    const heard = readRoutingBroadcast([entry], { ledger, peerAccount: teller });
    if (heard?.type !== 'update') throw new Error('the broadcast is none');
    const sender = { ledgerId: ledgerIdOf(place), account: teller };
    receiveBroadcast(heard.update, { sender, nowMs: NOW }, this.at(place - 1));
  }
}

function settingsOf(place: number, slippagePpm: bigint): PlanSettings {
  return {
    connectorAddress: `test.connector${place}`,
    slippagePpm,
    minMessageWindowMs: WINDOW_MS,
    maxHoldTimeMs: 10_000,
  };
}
