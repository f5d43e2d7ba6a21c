import type { CcpDialect } from '#protocol';

/** How far we are in finding out what a peer reads. */
export interface DialectFindings {
  readonly inUse: CcpDialect;
  /** v21 has proven right, or the peer has shown it: it stays. */
  readonly isSettled: boolean;
  /** The peer refused v17, and v21 is being tried. */
  readonly isTrial: boolean;
}

const UNDECIDED: DialectFindings = { inUse: 'v17', isSettled: false, isTrial: false };

/**
 * Which dialect a peer is written to (SPEC §11.8, D-32). `auto` begins with v17 and goes over to v21
 * for good when the peer shows that it speaks it; when the peer refuses, v21 is tried once.
 */
export class DialectChoice {
  private constructor(private current: DialectFindings) {}

  /** @param findings from an earlier life; they count for `auto` only */
  static of(configured: CcpDialect | 'auto', findings = UNDECIDED): DialectChoice {
    if (configured === 'auto') return new DialectChoice(findings);
    return new DialectChoice({ inUse: configured, isSettled: true, isTrial: false });
  }

  get findings(): DialectFindings {
    return this.current;
  }

  /** The peer has shown that it speaks v21. True if that is news, so that it must hear all again. */
  shown(): boolean {
    const { isSettled, inUse } = this.current;
    if (isSettled) return false;
    this.current = { inUse: 'v21', isSettled: true, isTrial: false };
    return inUse !== 'v21';
  }

  /** The peer has accepted what was written in the dialect in use. */
  accepted(): void {
    if (this.current.isTrial) this.shown();
  }

  /** The peer has refused. True if the other dialect is to be tried at once. */
  refused(): boolean {
    const { isSettled, isTrial } = this.current;
    if (isSettled) return false;
    this.current = isTrial ? UNDECIDED : { inUse: 'v21', isSettled: false, isTrial: true };
    return !isTrial;
  }

  /** There was no verdict. */
  unanswered(): void {
    if (this.current.isTrial) this.current = UNDECIDED;
  }
}
