import type { PeeringRefusal } from '#domain/peering';

export type PeerRegistryRule =
  /** Somebody has added a peer of this name at run time. */
  | 'already-there'
  /** No peer of this name was added at run time. */
  | 'not-there'
  /** A peer of the configuration is changed and removed there. */
  | 'in-configuration'
  /** Something of the peer belongs to another one. */
  | 'conflict'
  /** The document, or something in it, is not what it must be. */
  | 'unfit'
  /** Credentials of another kind than those of the peer. */
  | 'wrong-credentials';

/** A change of the peers that cannot be made. Nothing was changed; repeats no secret. */
export class PeerRegistryError extends Error {
  override readonly name = 'PeerRegistryError';

  constructor(
    readonly rule: PeerRegistryRule,
    /** A member of what was asked for, as `peer.ledger.prefix` or `by`. */
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** A refusal of the rules in words. */
export function errorOfRefusal(refusal: PeeringRefusal): PeerRegistryError {
  switch (refusal.rule) {
    case 'already-there': {
      const { peerId, addedBy, addedAtMs } = refusal;
      const since = new Date(addedAtMs).toISOString();
      return new PeerRegistryError(
        'already-there',
        'peer.id',
        `there is a peer ${peerId}, added by ${addedBy} on ${since}`,
      );
    }
    case 'not-there':
      return new PeerRegistryError(
        'not-there',
        'peerId',
        `no peer ${refusal.peerId} was added at run time`,
      );
    case 'in-configuration':
      return new PeerRegistryError(
        'in-configuration',
        'peerId',
        `the peer ${refusal.peerId} stands in the configuration and is changed there`,
      );
    case 'unfit-text':
      return new PeerRegistryError(
        'unfit',
        refusal.field,
        `${refusal.field} must have 1 to 500 printable characters`,
      );
  }
}
