/** Why we have no ledger with a peer whose host resource can be read. */
export type PeeringRule =
  | 'ourselves'
  | 'not-the-pinned-key'
  | 'key-changed'
  | 'insecure-uri'
  | 'private-address'
  | 'no-common-transport';

const REASON: Readonly<Record<PeeringRule, string>> = {
  ourselves: 'its public key is our own',
  'not-the-pinned-key': 'its public key is not the one that is configured',
  'key-changed': 'its public key has changed, which needs an operator',
  'insecure-uri': 'it is found by https, but leads to a URI that is not',
  'private-address': 'it leads to an address that is not of the public internet',
  'no-common-transport': 'it speaks BTP only, and webfinger.publicBtpUri is not set',
};

/** Names the rule, and what broke it where that helps. */
export class PeeringError extends Error {
  override readonly name = 'PeeringError';

  constructor(
    readonly rule: PeeringRule,
    detail?: string,
  ) {
    super(detail === undefined ? REASON[rule] : `${REASON[rule]}: ${detail}`);
  }
}
