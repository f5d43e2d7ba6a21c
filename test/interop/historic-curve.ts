import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { CurvePoint } from '../../libs/protocol';

/**
 * The liquidity curves of ilp-routing 10.1.0, which comes with ilp-connector: amounts as bigint, and
 * whatever is refused as `throws`.
 */

const load = createRequire(join(__dirname, 'package.json'));

interface BigNumber {
  toFixed(decimals: number): string;
}

interface LiquidityCurve {
  readonly points: readonly (readonly [BigNumber, BigNumber])[];
  amountAt(x: string): BigNumber;
  amountReverse(y: string): BigNumber;
  simplify(mostPoints: number): LiquidityCurve;
  combine(curve: LiquidityCurve): LiquidityCurve;
  join(curve: LiquidityCurve): LiquidityCurve;
  shiftX(d: string): LiquidityCurve;
  shiftY(d: string): LiquidityCurve;
  toBuffer(): Buffer;
}

interface RoutingModule {
  readonly LiquidityCurve: new (
    data: Buffer | readonly (readonly [string, string])[],
  ) => LiquidityCurve;
}

const routing = load('ilp-routing') as RoutingModule;

type Points = readonly CurvePoint[];

export type HistoricAnswer = CurvePoint[] | 'throws';

export class HistoricCurve {
  private constructor(private readonly curve: LiquidityCurve) {}

  static of(points: Points): HistoricCurve {
    const texts = points.map(([x, y]) => [x.toString(), y.toString()] as const);
    return new HistoricCurve(new routing.LiquidityCurve(texts));
  }

  static decode(bytes: Buffer): HistoricAnswer {
    // It reads words where the bytes lie, which must be at a multiple of four.
    const aligned = Buffer.from(new Uint8Array(bytes).buffer);
    return answer(() => new routing.LiquidityCurve(aligned));
  }

  amountAt(x: bigint): bigint {
    return BigInt(this.curve.amountAt(x.toString()).toFixed(0));
  }

  /** undefined = impossible. */
  amountReverse(y: bigint): bigint | undefined {
    const text = this.curve.amountReverse(y.toString()).toFixed(0);
    return text === 'Infinity' ? undefined : BigInt(text);
  }

  simplify(mostPoints: number): HistoricAnswer {
    return answer(() => this.curve.simplify(mostPoints));
  }

  combine(other: HistoricCurve): HistoricAnswer {
    return answer(() => this.curve.combine(other.curve));
  }

  join(tail: HistoricCurve): HistoricAnswer {
    return answer(() => this.curve.join(tail.curve));
  }

  shiftX(d: bigint): HistoricAnswer {
    return answer(() => this.curve.shiftX(d.toString()));
  }

  shiftY(d: bigint): HistoricAnswer {
    return answer(() => this.curve.shiftY(d.toString()));
  }

  encode(): Buffer {
    return this.curve.toBuffer();
  }
}

function answer(make: () => LiquidityCurve): HistoricAnswer {
  try {
    return make().points.map(([x, y]) => [BigInt(x.toFixed(0)), BigInt(y.toFixed(0))]);
  } catch {
    return 'throws';
  }
}
