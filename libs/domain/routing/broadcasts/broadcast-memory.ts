import type { DialectFindings } from './dialect-choice';

/** Stands for what a peer may or may not have heard. */
export const UNCERTAIN = '';

/**
 * What has to outlive the process that broadcasts, as plain data: without it the next one would
 * flood its peers, or forget to withdraw what they were told.
 */
export interface BroadcastMemory {
  readonly version: 1;
  /** The session that the peer was last connected by; absent if it is not connected. */
  readonly sessionId?: string;
  readonly dialect: DialectFindings;
  readonly isFullOwed: boolean;
  readonly isOwedAtOnce: boolean;
  readonly isRequestOwed: boolean;
  readonly lastSentAtMs?: number;
  /** What the peer knows of us: destination and digest, the latter empty where it is not certain. */
  readonly told: readonly (readonly [destination: string, digest: string])[];
}

/** The memory that stored data amount to; undefined for what is none, or of another version. */
export function readBroadcastMemory(stored: unknown): BroadcastMemory | undefined {
  if (!isObject(stored) || stored.version !== 1) return undefined;
  const { sessionId, lastSentAtMs, isFullOwed, isOwedAtOnce, isRequestOwed } = stored;
  const dialect = readFindings(stored.dialect);
  const told = readTold(stored.told);
  if (dialect === undefined || told === undefined) return undefined;
  if (typeof isFullOwed !== 'boolean' || typeof isOwedAtOnce !== 'boolean') return undefined;
  if (typeof isRequestOwed !== 'boolean') return undefined;
  return {
    version: 1,
    ...(typeof sessionId === 'string' && { sessionId }),
    dialect,
    isFullOwed,
    isOwedAtOnce,
    isRequestOwed,
    ...(typeof lastSentAtMs === 'number' && { lastSentAtMs }),
    told,
  };
}

function readFindings(stored: unknown): DialectFindings | undefined {
  if (!isObject(stored)) return undefined;
  const { inUse, isSettled, isTrial } = stored;
  if (inUse !== 'v17' && inUse !== 'v21') return undefined;
  if (typeof isSettled !== 'boolean' || typeof isTrial !== 'boolean') return undefined;
  return { inUse, isSettled, isTrial };
}

function readTold(stored: unknown): [string, string][] | undefined {
  if (!Array.isArray(stored)) return undefined;
  const told: [string, string][] = [];
  for (const entry of stored as readonly unknown[]) {
    if (!Array.isArray(entry)) return undefined;
    const [destination, digest] = entry as readonly unknown[];
    if (typeof destination !== 'string' || typeof digest !== 'string') return undefined;
    told.push([destination, digest]);
  }
  return told;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
