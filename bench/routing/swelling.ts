import { Curve } from '../../libs/domain/liquidity';
import { type ReceivedRoute, RoutingTables } from '../../libs/domain/routing';
import { announced, learn, ledgersOf, RULES } from './network';

/** Bytes of heap that what swells most in a peer's routes takes, each. */
export interface Swelling {
  /** Of a curve of a thousand. */
  readonly point: number;
  /** An alternative with one ledger, of a hundred. */
  readonly path: number;
  /** A route without a curve to a destination of 510 segments, all of it. */
  readonly deepRoute: number;
}

const ROUTES = 1_000;
const POINTS = 1_000;
const PATHS = 100;
const DEEP = 'a.'.repeat(508);

/** NaN without the collector at hand. */
export function swelling(): Swelling {
  const plain = bytesPerRoute(() => ({}));
  return {
    point: (bytesPerRoute((index) => ({ curve: curveOf(index) })) - plain) / POINTS,
    path: (bytesPerRoute((index) => ({ paths: pathsOf(index) })) - plain) / PATHS,
    deepRoute: bytesPerRoute((index) => ({ destination: `g.${index}.${DEEP}` })),
  };
}

function bytesPerRoute(told: (index: number) => Partial<ReceivedRoute>): number {
  if (global.gc === undefined) return NaN;
  const tables = RoutingTables.build(ledgersOf(2), RULES);
  global.gc();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < ROUTES; index += 1) {
    for (const route of announced(1, { from: index, count: 1 })) {
      learn(tables, 1, [{ ...route, curve: undefined, ...told(index) }]);
    }
  }
  global.gc();
  const used = process.memoryUsage().heapUsed - before;
  if (tables.countLearntOn('ledger-1') !== ROUTES) throw new Error('a route is missing');
  return used / ROUTES;
}

function curveOf(index: number): Curve {
  return Curve.of(
    Array.from({ length: POINTS }, (_, at) => {
      const x = BigInt(at) * 1_000_000n + BigInt(index);
      return [x, x / 2n] as const;
    }),
  );
}

/** As they are read: no text is shared with another route's. */
function pathsOf(index: number): string[][] {
  const paths = Array.from({ length: PATHS }, (_, at) => [`x${(index + at) % 1_000}.`]);
  return JSON.parse(JSON.stringify(paths)) as string[][];
}
