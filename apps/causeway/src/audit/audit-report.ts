import { CONNECTOR_STREAM } from '#contracts';
import { describeAuditProblem } from '#domain/audit';
import { type SumTexts, sumTexts } from '../replay/ledger-replay';
import { table } from '../table';
import { type Check, CHECKS, type Finding, type Findings } from './findings';
import type { AuditedLedger } from './log-audit';
import { software, type Software } from './software';
import type { NewestHead } from './signed-head-audit';

export const REPORT_FORMAT = 'causeway-audit-report';
export const REPORT_VERSION = 1;

/** Whose word the signatures rest on. */
export type Trust =
  /** The auditor gave the public keys. */
  | 'pinned'
  /** The keys come with what they sign: they prove that nothing changed since, not who signed. */
  | 'first-use'
  | 'none';

export interface ReportedLedger {
  readonly ledger: string;
  readonly version: number;
  /** Hex; the head of the chain. */
  readonly hash: string;
  /** Decimal text of base units; null where the ledger could not be folded. */
  readonly balance: string | null;
  readonly sums: SumTexts | null;
  readonly openTransfers: number | null;
  /** The newest signed head that holds. */
  readonly signedHead: {
    readonly version: number;
    readonly signedAt: string;
    readonly key: string;
  } | null;
  /** Events after it, which no signature vouches for yet. */
  readonly unsignedEvents: number;
}

export interface ReportCounts {
  readonly events: number;
  readonly ledgers: number;
  readonly transfers: number;
  readonly payments: number;
  readonly unfinishedPayments: number;
  readonly losses: number;
  readonly signedHeads: number;
  readonly findings: number;
}

/** What is filed; `docs/audit.md` describes each member. */
export interface AuditReport {
  readonly format: typeof REPORT_FORMAT;
  readonly formatVersion: typeof REPORT_VERSION;
  readonly software: Software;
  readonly source: 'database' | 'export';
  readonly connector: string;
  readonly partitions: number;
  /** null = every ledger. */
  readonly scope: readonly string[] | null;
  readonly started: string;
  readonly finished: string;
  readonly result: 'clean' | 'findings';
  readonly checks: Readonly<Record<Check, 'ok' | 'failed' | 'not-checked'>>;
  readonly trust: Trust;
  /** Fingerprints of the keys that signatures were checked by. */
  readonly keys: readonly string[];
  readonly counts: ReportCounts;
  /** Last position of each partition that was read, where the log was read by partitions. */
  readonly positions: readonly { readonly partition: number; readonly position: number }[];
  readonly ledgers: readonly ReportedLedger[];
  readonly findings: readonly Finding[];
  /** Findings that are counted and not listed. */
  readonly findingsOmitted: number;
  /** What limits the proof, in words. */
  readonly remarks: readonly string[];
}

export interface ReportParts {
  readonly source: AuditReport['source'];
  readonly connector: string;
  readonly partitions: number;
  readonly scope: readonly string[] | null;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly trust: Trust;
  readonly keys: readonly string[];
  readonly counts: Omit<ReportCounts, 'findings' | 'ledgers'>;
  readonly positions: ReadonlyMap<number, number>;
  readonly ledgers: readonly AuditedLedger[];
  readonly newestHeads: ReadonlyMap<string, NewestHead>;
  readonly findings: Findings;
  readonly notChecked: readonly Check[];
  readonly remarks: readonly string[];
}

export function auditReport(parts: ReportParts): AuditReport {
  const { findings, ledgers, positions } = parts;
  return {
    format: REPORT_FORMAT,
    formatVersion: REPORT_VERSION,
    software: software(),
    source: parts.source,
    connector: parts.connector,
    partitions: parts.partitions,
    scope: parts.scope,
    started: timeText(parts.startedAtMs),
    finished: timeText(parts.finishedAtMs),
    result: findings.total === 0 ? 'clean' : 'findings',
    checks: verdicts(parts),
    trust: parts.trust,
    keys: parts.keys,
    counts: { ...parts.counts, ledgers: countLedgers(ledgers), findings: findings.total },
    positions: [...positions].map(([partition, position]) => ({ partition, position })),
    ledgers: ledgers.map((ledger) => reported(ledger, parts.newestHeads.get(ledger.ledger))),
    findings: findings.listed,
    findingsOmitted: findings.total - findings.listed.length,
    remarks: parts.remarks,
  };
}

function countLedgers(ledgers: readonly AuditedLedger[]): number {
  return ledgers.filter(isLedger).length;
}

/** The connector's own stream stands among the ledgers, for it has a head like any of them. */
function isLedger({ ledger }: { readonly ledger: string }): boolean {
  return ledger !== CONNECTOR_STREAM;
}

function verdicts({ findings, notChecked }: ReportParts): AuditReport['checks'] {
  const verdict = (check: Check): AuditReport['checks'][Check] => {
    if (findings.countOf(check) > 0) return 'failed';
    return notChecked.includes(check) ? 'not-checked' : 'ok';
  };
  return {
    chain: verdict('chain'),
    ledgers: verdict('ledgers'),
    payments: verdict('payments'),
    connector: verdict('connector'),
    signedHeads: verdict('signedHeads'),
    readModels: verdict('readModels'),
  };
}

function reported(audited: AuditedLedger, newest: NewestHead | undefined): ReportedLedger {
  const { ledger, version, hash, folded } = audited;
  return {
    ledger,
    version,
    hash: hash.toString('hex'),
    balance: folded === null ? null : String(folded.balance),
    sums: folded && sumTexts(folded.sums),
    openTransfers: folded?.openTransfers ?? null,
    signedHead:
      newest === undefined
        ? null
        : { version: newest.version, signedAt: timeText(newest.signedAtMs), key: newest.keyId },
    unsignedEvents: Math.max(0, version - (newest?.version ?? 0)),
  };
}

const TITLES: Readonly<Record<Check, string>> = {
  chain: 'hash chains, versions, positions',
  ledgers: 'ledgers: sums, limits, preimages',
  payments: 'payments: both legs',
  connector: 'connector: peers that came and went, exchange rates',
  signedHeads: 'signed heads',
  readModels: 'read models',
};

/** For people: a few lines, the findings first to be read. */
export function describeReport(report: AuditReport): string[] {
  const { counts, findings } = report;
  const shown = findings.slice(0, SHOWN_FINDINGS);
  const more = counts.findings - shown.length;
  return [
    `connector ${report.connector}, ${report.source}, ${report.finished}`,
    ...ledgerLines(report),
    '',
    ...CHECKS.map((check) => `${TITLES[check]}: ${report.checks[check]}`),
    `signatures: ${trustText(report)}`,
    ...report.remarks.map((remark) => `note: ${remark}`),
    '',
    `${counts.events} events, ${counts.transfers} transfers, ${counts.payments} payments ` +
      `(${counts.unfinishedPayments} unfinished, ${counts.losses} lost), ` +
      `${counts.signedHeads} signed heads`,
    ...shown.map((finding) => `FINDING ${finding.check}: ${describeAuditProblem(finding)}`),
    ...(more > 0 ? [`and ${more} more findings`] : []),
    counts.findings === 0 ? 'clean: no findings' : `${counts.findings} findings`,
  ];
}

/** More than that are read in the file. */
const SHOWN_FINDINGS = 50;

function ledgerLines({ ledgers }: AuditReport): string[] {
  const rows = ledgers.map((ledger) => [
    ledger.ledger,
    String(ledger.version),
    ledger.balance ?? (isLedger(ledger) ? 'not folded' : ''),
    ledger.openTransfers === null ? '' : String(ledger.openTransfers),
    ledger.signedHead === null ? 'none' : String(ledger.signedHead.version),
    ledger.hash,
  ]);
  return table(['ledger', 'version', 'balance', 'open', 'signed', 'hash'], rows, [1, 2, 3, 4]);
}

function trustText({ trust, keys }: AuditReport): string {
  if (trust === 'none') return 'none to check';
  const by = trust === 'pinned' ? 'keys given' : 'keys taken on trust from where the log is kept';
  return `${by}: ${keys.join(', ')}`;
}

export function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}
