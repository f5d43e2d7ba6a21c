/** What routing is told of a ledger that we have an account on. Amounts in its base units. */
export interface LedgerFacts {
  /** Slug. */
  readonly ledgerId: string;
  /** Ends in a dot. */
  readonly prefix: string;
  readonly currencyScale: number;
  /** Upper case; for whoever sets prices. */
  readonly currencyCode?: string;
  /** Our account's name, without the prefix. */
  readonly account: string;
  /** The peer's account, without the prefix. Given: nobody else can announce routes on the ledger. */
  readonly peerAccount?: string;
  /** Names the connector behind the peer, where it is attached over several ledgers (SPEC D-36). */
  readonly party?: string;
  /** Can transfers be sent over it now? Yes unless said otherwise. */
  readonly isConnected?: boolean;
  /** How much it can still take in, holds included; not given = no limit (SPEC §10.8, D-25). */
  readonly maxIn?: bigint;
  /** How much it can still pay out, holds included; not given = no limit. */
  readonly maxOut?: bigint;
}

/** A ledger that we have an account on (SPEC §1), as it is now. */
export interface LocalLedger {
  readonly ledgerId: string;
  readonly prefix: string;
  readonly currencyScale: number;
  readonly currencyCode: string | undefined;
  /** Our own ILP address on it. */
  readonly ownAddress: string;
  readonly peerAddress: string | undefined;
  readonly party: string | undefined;
  readonly isConnected: boolean;
  readonly maxIn: bigint | undefined;
  readonly maxOut: bigint | undefined;
}

/** The tables' own ledger: what may change of it, and when it last did. */
export class HeldLedger implements LocalLedger {
  readonly ledgerId: string;
  readonly prefix: string;
  readonly currencyScale: number;
  readonly currencyCode: string | undefined;
  readonly ownAddress: string;
  readonly peerAddress: string | undefined;
  party: string | undefined;
  isConnected: boolean;
  maxIn: bigint | undefined;
  maxOut: bigint | undefined;
  /** Revision at which anything of it changed last. */
  changedAt: number;
  /** Revision at which it was connected or disconnected last, or another party was behind it. */
  connectedAt: number;

  constructor(
    facts: LedgerFacts,
    revision: number,
    /** Its place among the ledgers; another ledger may have it later. */
    readonly slot: number,
  ) {
    const { ledgerId, prefix, currencyScale, currencyCode, account, peerAccount } = facts;
    this.ledgerId = ledgerId;
    this.prefix = prefix;
    this.currencyScale = currencyScale;
    this.currencyCode = currencyCode;
    this.ownAddress = prefix + account;
    this.peerAddress = peerAccount === undefined ? undefined : prefix + peerAccount;
    this.party = facts.party;
    this.isConnected = facts.isConnected ?? true;
    this.maxIn = facts.maxIn;
    this.maxOut = facts.maxOut;
    this.changedAt = revision;
    this.connectedAt = revision;
  }

  /** Is it this very ledger of which the facts speak, whatever they say of its state? */
  isStill(facts: LedgerFacts): boolean {
    const other = new HeldLedger(facts, this.changedAt, this.slot);
    return (
      other.ledgerId === this.ledgerId &&
      other.prefix === this.prefix &&
      other.currencyScale === this.currencyScale &&
      other.currencyCode === this.currencyCode &&
      other.ownAddress === this.ownAddress &&
      other.peerAddress === this.peerAddress
    );
  }

  /** Takes over its state from the facts; what of it is another now is so from this revision on. */
  takeState({ isConnected = true, maxIn, maxOut, party }: LedgerFacts, revision: number): void {
    const isSame = this.maxIn === maxIn && this.maxOut === maxOut && this.party === party;
    if (isSame && this.isConnected === isConnected) return;
    this.changedAt = revision;
    if (this.isConnected !== isConnected || this.party !== party) this.connectedAt = revision;
    this.isConnected = isConnected;
    this.maxIn = maxIn;
    this.maxOut = maxOut;
    this.party = party;
  }
}
