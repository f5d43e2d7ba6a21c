import type { DataSource } from 'typeorm';
import {
  type BalanceDifference,
  diffBalances,
  diffLedgers,
  diffTransfer,
  type FieldDifference,
  type Leg,
  LedgerAudit,
  type LedgerSide,
  type PublicKey,
  type Tell,
  type TransferDifference,
} from '#domain/audit';
import { CONNECTOR_STREAM } from '#contracts';
import { EventReader, LogVerification, SettingsStore } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import { auditExport } from './export-audit';
import { LISTED_FINDINGS, problemOfLog } from './findings';
import { LegSpill, type SpillOptions } from './leg-spill';

/** One side of a comparison: a ledger in a database, or in an export. */
export type SideSource =
  | { readonly kind: 'database'; readonly dataSource: DataSource; readonly ledger: string }
  | { readonly kind: 'export'; readonly file: string; readonly ledger: string | undefined };

export interface ComparisonRequest {
  readonly ours: SideSource;
  readonly theirs: SideSource;
  /** Keys that exports must be signed by; none = those that they name. */
  readonly pinned: readonly PublicKey[];
  readonly spill?: SpillOptions;
}

export interface ComparedSide {
  /** Where it was read. */
  readonly source: string;
  readonly ledger: string;
  readonly version: number;
}

export interface Comparison {
  readonly ours: ComparedSide;
  readonly theirs: ComparedSide;
  readonly isEqual: boolean;
  /** Transfers that either side has fulfilled or holds open. */
  readonly transfers: number;
  readonly ledger: readonly FieldDifference[];
  /** The first ones; `differences` counts all. */
  readonly listed: readonly TransferDifference[];
  readonly differences: number;
  readonly balance: BalanceDifference;
}

/** A side that cannot be compared: not there, or wrong in itself. */
export class IncomparableError extends Error {
  override readonly name = 'IncomparableError';
}

const TAGS = { ours: 1, theirs: 2 } as const;

/**
 * Compares what two connectors say of the ledger between them, transfer by transfer, and works out
 * where a difference of their balances comes from.
 * @throws IncomparableError, ExportFaultError
 */
export async function compareLedgers(request: ComparisonRequest): Promise<Comparison> {
  const spill = new LegSpill(request.spill);
  try {
    const side = (source: SideSource, tag: number): Promise<LedgerSide> =>
      foldSide(source, request.pinned, (leg) => {
        spill.add(leg, tag, leg.transfer);
      });
    const ours = await side(request.ours, TAGS.ours);
    const theirs = await side(request.theirs, TAGS.theirs);
    return compareSides(ours, theirs, { spill, request });
  } finally {
    spill.close();
  }
}

function compareSides(
  ours: LedgerSide,
  theirs: LedgerSide,
  { spill, request }: { readonly spill: LegSpill; readonly request: ComparisonRequest },
): Comparison {
  const listed: TransferDifference[] = [];
  let [transfers, differences, byTransfers] = [0, 0, 0n];
  for (const { transfer, ours: one, theirs: other } of transfersOf(spill)) {
    transfers += 1;
    const difference = diffTransfer(transfer, one, other);
    if (difference === undefined) continue;
    differences += 1;
    byTransfers += difference.effect;
    if (listed.length < LISTED_FINDINGS) listed.push(difference);
  }
  const ledger = diffLedgers(ours, theirs);
  const balance = diffBalances(ours, theirs, byTransfers);
  const sideOf = ({ ledger: id, version }: LedgerSide, source: SideSource): ComparedSide => ({
    source: source.kind === 'export' ? source.file : 'database',
    ledger: id,
    version,
  });
  return {
    ours: sideOf(ours, request.ours),
    theirs: sideOf(theirs, request.theirs),
    isEqual: differences === 0 && ledger.length === 0 && balance.difference === 0n,
    transfers,
    ledger,
    listed,
    differences,
    balance,
  };
}

interface MatchedTransfer {
  readonly transfer: string;
  ours: Leg | undefined;
  theirs: Leg | undefined;
}

function* transfersOf(spill: LegSpill): Generator<MatchedTransfer, void, undefined> {
  for (const bucket of spill.buckets()) {
    const matched = new Map<string, MatchedTransfer>();
    for (const { leg, tag } of bucket) {
      const { transfer } = leg;
      const pair = matched.get(transfer) ?? { transfer, ours: undefined, theirs: undefined };
      pair[tag === TAGS.ours ? 'ours' : 'theirs'] = leg;
      matched.set(transfer, pair);
    }
    yield* matched.values();
  }
}

function foldSide(
  source: SideSource,
  pinned: readonly PublicKey[],
  onLeg: (leg: Leg) => void,
): Promise<LedgerSide> {
  if (source.ledger === CONNECTOR_STREAM) {
    return Promise.reject(new IncomparableError(`${CONNECTOR_STREAM} is no ledger`));
  }
  return source.kind === 'database'
    ? foldDatabase(source.dataSource, source.ledger, onLeg)
    : foldExport(source, pinned, onLeg);
}

async function foldDatabase(
  dataSource: DataSource,
  ledgerId: string,
  onLeg: (leg: Leg) => void,
): Promise<LedgerSide> {
  const partitions = Number((await new SettingsStore(dataSource).get('partitions')) ?? '64');
  const verification = new LogVerification({ partitions, positions: false });
  const side = new SideFold(ledgerId, onLeg);
  for await (const event of new EventReader(dataSource).readLedger({ ledgerId })) {
    for (const problem of verification.check(event)) side.tell(problemOfLog(problem));
    side.apply(event);
  }
  return side.finish();
}

async function foldExport(
  { file, ledger }: Extract<SideSource, { kind: 'export' }>,
  pinned: readonly PublicKey[],
  onLeg: (leg: Leg) => void,
): Promise<LedgerSide> {
  const sides = new Map<string, SideFold>();
  await auditExport(file, {
    pinned,
    onEvent: (event) => {
      const { ledgerId } = event;
      if (ledgerId !== (ledger ?? ledgerId) || ledgerId === CONNECTOR_STREAM) return;
      const side = sides.get(ledgerId) ?? new SideFold(ledgerId, onLeg);
      sides.set(ledgerId, side);
      if (sides.size > 1) {
        throw new IncomparableError(
          `${file}: holds several ledgers; choose one (--our-ledger, --their-ledger)`,
        );
      }
      side.apply(event);
    },
  });
  const [side] = sides.values();
  if (side === undefined) throw new IncomparableError(`${file}: has no ledger ${ledger ?? ''}`);
  return side.finish();
}

/** One side's ledger, folded and audited as it comes. */
class SideFold {
  private readonly audit: LedgerAudit;
  private version = 0;

  constructor(
    private readonly ledger: string,
    onLeg: (leg: Leg) => void,
  ) {
    this.audit = new LedgerAudit(ledger, { tell: () => undefined, onLeg });
  }

  /** Something is wrong with the side itself: there is nothing to compare. */
  readonly tell: Tell = ({ rule, version }) => {
    throw new IncomparableError(
      `ledger ${this.ledger}, version ${String(version)}: ${rule} does not hold; audit it first`,
    );
  };

  apply(event: RecordedEvent): void {
    this.audit.apply(event);
    this.version = event.version;
  }

  finish(): LedgerSide {
    const { state } = this.audit;
    if (state === undefined) {
      const why = this.version === 0 ? 'has no events' : 'cannot be folded; audit it first';
      throw new IncomparableError(`ledger ${this.ledger} ${why}`);
    }
    this.audit.finish();
    return { ledger: this.ledger, version: this.version, state };
  }
}
