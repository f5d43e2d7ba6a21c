import type { ExplainQuestion, ExplainReply } from '#contracts';
import { type RouteExplanation, type RoutingTables, sourceAmountFor } from '#domain/routing';
import { refusedOf, timeOf } from './plain-routes';

/**
 * Why a payment of the amount, or one that is to bring the destination amount, goes where it goes.
 * undefined if there is no ledger that it could come from.
 */
export function explainPayment(
  tables: RoutingTables,
  question: ExplainQuestion,
  nowMs: number,
): ExplainReply | undefined {
  const { from, to, destinationAmount } = question;
  const amount = sourceAmount(tables, question, nowMs);
  const explained = tables.explain({ from, to, amount: amount ?? 0n, nowMs });
  const { verdict } = explained;
  if (verdict === 'unknown-source-ledger') return undefined;
  return {
    from,
    to,
    amount: amount?.toString() ?? null,
    destinationAmount: destinationAmount ?? null,
    verdict,
    matchedKey: explained.matchedKey ?? null,
    passedOver: explained.passedOver.map(({ key, refused }) => ({
      key,
      refused: refusedOf(refused),
    })),
    ways: explained.ways.map((way) => wayOf(way, amount)),
    refused: refusedOf(explained.refused),
    sections: explained.sections.map(({ fromAmount, toAmount, nextPrefix, nextHop, group }) => ({
      fromAmount: fromAmount.toString(),
      toAmount: toAmount?.toString() ?? null,
      nextPrefix,
      nextHop: nextHop ?? null,
      group,
    })),
  };
}

/** What we would ask for the destination amount; undefined where nobody here knows. */
function sourceAmount(
  tables: RoutingTables,
  { from, to, amount, destinationAmount }: ExplainQuestion,
  nowMs: number,
): bigint | undefined {
  if (amount !== undefined) return BigInt(amount);
  const wanted = BigInt(destinationAmount ?? '0');
  const query = { sourceLedgerId: from, destination: to, nowMs, destinationAmount: wanted };
  const route = tables.routeFor(query);
  if (route?.kind !== 'local' && route?.kind !== 'learnt') return undefined;
  return sourceAmountFor(route, wanted);
}

function wayOf(
  way: RouteExplanation['ways'][number],
  amount: bigint | undefined,
): ExplainReply['ways'][number] {
  const { kind, nextPrefix, nextHop, length, group, minMessageWindowMs, price, quoted } = way;
  return {
    kind,
    nextPrefix,
    nextHop: nextHop ?? null,
    length,
    group,
    minMessageWindowMs,
    price:
      price === undefined
        ? null
        : {
            brings: amount === undefined ? null : price.brings.toString(),
            leastSource: price.leastSource.toString(),
            mostSource: price.mostSource.toString(),
            mostBrought: price.mostBrought.toString(),
          },
    quoted:
      quoted === undefined
        ? null
        : { appliesTo: quoted.key, expiresAt: timeOf(quoted.expiresAtMs) },
    chosen: amount !== undefined && way.isChosen,
  };
}
