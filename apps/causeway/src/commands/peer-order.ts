import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { baseUnits } from '#domain/ledger';
import type { ConsoleClient } from '../console-client';
import type { Shell } from '../shell';
import { isNone } from './ledger-amount';
import { atConsole, type OrderOptions } from './ledger-order';

/** An order about a peer, ready for the console. */
export interface PeerOrder {
  /** Of the console's API, below `/api/peers`. */
  readonly path: readonly string[];
  /** Members that are undefined are left out. */
  readonly body: Readonly<Record<string, unknown>>;
  /** How long the console may take beyond what it takes for every order. */
  readonly patienceMs?: number;
}

/** For people, from the answer of the console. */
export type Teller = (answer: unknown) => {
  readonly lines: readonly string[];
  /** For standard error. */
  readonly remarks?: readonly string[];
};

/** Longer than the console waits for a ledger. */
const ANSWER_WITHIN_MS = 15_000;

/** Text of a file that cannot be what it should be. Nothing of it is repeated: it may hold a token. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/** Gives an order and says what came of it; sets the exit code as `atConsole` does. */
export function givePeerOrder(
  { path, body, patienceMs = 0 }: PeerOrder,
  options: OrderOptions & { readonly tell: Teller },
  shell: Shell,
): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const named = options.by === undefined ? body : { ...body, by: options.by };
    const answer = await client.post(['peers', ...path], named, ANSWER_WITHIN_MS + patienceMs);
    tellAnswer(answer, options, shell);
  });
}

/** Asks the console, and says what it answers; sets the exit code as `atConsole` does. */
export function askOfPeers(
  ask: (client: ConsoleClient) => Promise<unknown>,
  options: OrderOptions & { readonly tell: Teller },
  shell: Shell,
): Promise<void> {
  return atConsole(options, shell, async (client) => {
    tellAnswer(await ask(client), options, shell);
  });
}

function tellAnswer(
  answer: unknown,
  { json, tell }: { readonly json?: boolean; readonly tell: Teller },
  shell: Shell,
): void {
  if (json === true) {
    shell.print(JSON.stringify(answer));
    return;
  }
  const { lines, remarks = [] } = tell(answer);
  for (const line of lines) shell.print(line);
  for (const remark of remarks) shell.note(remark);
}

/**
 * A limit as the console wants it; `scaleOf` says how amounts in the currency are counted, where they are.
 * @throws InvalidAmountError
 */
export function limitOf(
  option: string,
  written: string | undefined,
  scaleOf: (() => number) | undefined,
): string | undefined {
  if (written === undefined) return undefined;
  if (isNone(written)) return 'unlimited';
  return scaleOf === undefined ? written : baseUnits(option, written, scaleOf());
}

/** What was written, or comes on standard input where that is `-`: a secret stays out of `ps` there. */
export function givenText(written: string): string {
  return written === '-' ? readFileSync(0, 'utf8').trim() : written;
}

/**
 * One peer in YAML or JSON, also as the one entry of a list.
 * @throws UnreadableFileError
 */
export function readPeerFile(file: string): unknown {
  const text = textOf(file);
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0)
    throw new UnreadableFileError(`${file}: is neither YAML nor JSON`);
  const read: unknown = document.toJS();
  const entries: readonly unknown[] = Array.isArray(read) ? read : [read];
  const [peer] = entries;
  if (entries.length === 1 && typeof peer === 'object' && peer !== null) return peer;
  throw new UnreadableFileError(`${file}: must be one entry as in \`peers\` of a configuration`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : resolve(file), 'utf8');
  } catch {
    throw new UnreadableFileError(`${file}: cannot be read`);
  }
}
