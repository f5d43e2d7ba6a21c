import type { Destinations } from './destinations';
import { HeldLedger, type LedgerFacts } from './local-ledger';
import { PrefixTable } from './prefix-table';

/** What came of a new list of ledgers. */
export interface LedgerChanges {
  readonly removed: readonly HeldLedger[];
  readonly added: readonly HeldLedger[];
}

/** The ledgers that we have accounts on. Of two with one prefix or id the first counts. */
export class LedgerBook {
  private readonly byIds = new Map<string, HeldLedger>();
  private readonly byPrefixes = new Map<string, HeldLedger>();
  private readonly ownAddresses = new PrefixTable<HeldLedger>();

  constructor(private readonly destinations: Destinations) {}

  byId(ledgerId: string): HeldLedger | undefined {
    return this.byIds.get(ledgerId);
  }

  byPrefix(prefix: string): HeldLedger | undefined {
    return this.byPrefixes.get(prefix);
  }

  all(): IterableIterator<HeldLedger> {
    return this.byIds.values();
  }

  /** The ledger on which we have the account that the address is, or lies below (SPEC §2.6, D-2). */
  ownerOf(address: string): HeldLedger | undefined {
    return this.ownAddresses.matches(address)[0];
  }

  /** The ledgers are these from now on, in this state. */
  adopt(ledgers: readonly LedgerFacts[]): LedgerChanges {
    const revision = this.destinations.advance();
    const wanted = withoutDoubles(ledgers);
    const removed = [...this.byIds.values()].filter((ledger) => {
      const facts = wanted.get(ledger.ledgerId);
      return facts === undefined || !ledger.isStill(facts);
    });
    for (const ledger of removed) this.remove(ledger);
    const added: HeldLedger[] = [];
    for (const facts of wanted.values()) {
      const held = this.byIds.get(facts.ledgerId);
      if (held === undefined) added.push(this.add(facts));
      else held.takeState(facts, revision);
    }
    return { removed, added };
  }

  private add(facts: LedgerFacts): HeldLedger {
    const ledger = new HeldLedger(facts, this.destinations.revision, this.freeSlot());
    this.byIds.set(ledger.ledgerId, ledger);
    this.byPrefixes.set(ledger.prefix, ledger);
    this.ownAddresses.set(ledger.ownAddress, ledger);
    this.destinations.touch(ledger.prefix).ledger = ledger;
    return ledger;
  }

  private freeSlot(): number {
    const taken = new Set([...this.byIds.values()].map(({ slot }) => slot));
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    return slot;
  }

  private remove(ledger: HeldLedger): void {
    this.byIds.delete(ledger.ledgerId);
    this.byPrefixes.delete(ledger.prefix);
    this.ownAddresses.delete(ledger.ownAddress);
    const destination = this.destinations.touch(ledger.prefix);
    destination.ledger = undefined;
    this.destinations.shed(destination);
  }
}

function withoutDoubles(ledgers: readonly LedgerFacts[]): Map<string, LedgerFacts> {
  const wanted = new Map<string, LedgerFacts>();
  const prefixes = new Set<string>();
  for (const facts of ledgers) {
    if (wanted.has(facts.ledgerId) || prefixes.has(facts.prefix)) continue;
    wanted.set(facts.ledgerId, facts);
    prefixes.add(facts.prefix);
  }
  return wanted;
}
