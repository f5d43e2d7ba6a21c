import { isAddress, isLedgerPrefix } from '#protocol';
import type { OpenLedger } from '../commands';
import { BY_CONFIGURATION, type LedgerOpened, type LimitsChanged } from '../events';
import type { OpenedField, OpenRefusal } from '../refusals';
import type { LedgerState } from '../state';
import { isSameLimits, limitsRefusal } from './change-limits';
import { type Decision, REPEATED } from './decision';

/** Currency codes of §3.2 are three letters; invented ones may be longer, but never free text. */
const CURRENCY_CODE = /^[A-Za-z0-9]{1,16}$/;
/** Ten to the power of more than this is no unit anybody counts in. */
const MAX_SCALE = 64;

const KEPT_FIELDS: readonly OpenedField[] = [
  'prefix',
  'currencyCode',
  'currencyScale',
  'account',
  'peerAccount',
  'authority',
];

/**
 * Opens a ledger, or checks that the opened one still says the same; only its limits may differ.
 * They change when the configuration asks for others than it last did: what an operator ordered
 * since then outlives every start with an unchanged configuration, and ends with a changed one,
 * which is put on record even if it asks for what is already so. A closed ledger is left alone.
 * `ledger` is undefined where none of this id exists.
 *
 * Refuses, in this order: InvalidField, InvalidLimits, LedgerConflict. SPEC §2.3, §3.2, §7.
 */
export function decideOpenLedger(
  ledger: LedgerState | undefined,
  command: OpenLedger,
): Decision<LedgerOpened | LimitsChanged, OpenRefusal> {
  const refusal = invalidField(command) ?? limitsRefusal(command.limits);
  if (refusal !== undefined) return { refusal };
  const event = opened(command);
  if (ledger === undefined) return { event };
  const conflict = conflictWith(ledger, event);
  if (conflict !== undefined) return { refusal: conflict };
  const { limits } = event;
  if (ledger.standing === 'closed' || isSameLimits(ledger.configuredLimits, limits)) {
    return REPEATED;
  }
  return { event: { type: 'LimitsChanged', limits, by: BY_CONFIGURATION } };
}

function opened(command: OpenLedger): LedgerOpened {
  const { prefix, currencyCode, currencyScale, account, peerAccount, authority, limits } = command;
  return {
    type: 'LedgerOpened',
    prefix,
    currencyCode: currencyCode.toUpperCase(),
    currencyScale,
    account,
    peerAccount,
    authority,
    limits: { maxBalance: limits.maxBalance, minBalance: limits.minBalance },
  };
}

function invalidField(command: OpenLedger): OpenRefusal | undefined {
  const { prefix, account, peerAccount, currencyCode, currencyScale } = command;
  if (!isLedgerPrefix(prefix)) return invalid('prefix', 'not-a-ledger-prefix', prefix);
  if (!isAccount(prefix, account)) return invalid('account', 'not-an-account', account);
  if (!isAccount(prefix, peerAccount)) return invalid('peerAccount', 'not-an-account', peerAccount);
  if (account === peerAccount) return invalid('peerAccount', 'same', peerAccount);
  if (!CURRENCY_CODE.test(currencyCode)) return invalid('currencyCode', 'not-a-code', currencyCode);
  if (!Number.isInteger(currencyScale) || Math.abs(currencyScale) > MAX_SCALE) {
    return invalid('currencyScale', 'not-a-scale', String(currencyScale));
  }
  return undefined;
}

function invalid(
  field: OpenedField,
  rule: Extract<OpenRefusal, { kind: 'InvalidField' }>['rule'],
  value: string,
): OpenRefusal {
  return { kind: 'InvalidField', field, rule, value };
}

/** An account's name becomes the last part of an address, which peers read with our own rules. */
function isAccount(prefix: string, account: string): boolean {
  return account !== '' && !account.includes('.') && isAddress(prefix + account);
}

function conflictWith(ledger: LedgerState, wanted: LedgerOpened): OpenRefusal | undefined {
  for (const field of KEPT_FIELDS) {
    if (ledger[field] === wanted[field]) continue;
    const stored = String(ledger[field]);
    return { kind: 'LedgerConflict', field, stored, wanted: String(wanted[field]) };
  }
  return undefined;
}
