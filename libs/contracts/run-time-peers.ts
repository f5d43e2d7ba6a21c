import { z } from 'zod';

/** What services ask each other about peers that come and go at run time. */

const document = z.record(z.string(), z.unknown());

const listedPeer = z.object({
  /** As an entry of `peers` in the configuration, what is presented included: never for a log. */
  document,
  /** Grows whenever anything of the peer changes: the version of the newest event about it. */
  revision: z.number().int(),
  addedBy: z.string(),
  addedAtMs: z.number(),
});

const peersListReply = z.object({
  /** Version of the newest event that the list counts. */
  version: z.number().int(),
  peers: z.array(listedPeer),
});

/** A peer that an operator added at run time. */
export type ListedPeer = Readonly<z.output<typeof listedPeer>>;
export type PeersListReply = Readonly<z.output<typeof peersListReply>>;

/** @throws ZodError */
export function readPeersListReply(answer: unknown): PeersListReply {
  return peersListReply.parse(answer);
}

const failed = {
  outcome: z.literal('failed'),
  /** For programs: which rule was broken. */
  rule: z.string(),
  /** For people; may be in the words of a stranger, cleaned. */
  message: z.string(),
};

const hostLookUp = z.object({ hostname: z.string() });

const hostLookUpReply = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('found'),
    /** Base64url. */
    publicKey: z.string(),
    /** Ours, base64url. */
    ownPublicKey: z.string().optional(),
    title: z.string().optional(),
    peersRpcUri: z.string().optional(),
    btpUri: z.string().optional(),
  }),
  z.object(failed),
]);

/** Asks a gateway to look a connector up by its host (SPEC §8.2). */
export type HostLookUp = Readonly<z.output<typeof hostLookUp>>;
export type HostLookUpReply = Readonly<z.output<typeof hostLookUpReply>>;

/** @throws ZodError */
export function readHostLookUp(question: unknown): HostLookUp {
  return hostLookUp.parse(question);
}

/** @throws ZodError */
export function readHostLookUpReply(answer: unknown): HostLookUpReply {
  return hostLookUpReply.parse(answer);
}

const peerTrial = z.object({ document });

const peerTrialReply = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('ok'),
    /** Of the ledger, as the peer's `info` says. */
    prefix: z.string(),
    currencyCode: z.string(),
    currencyScale: z.number().int(),
    /** Ours, on the prefix that the peer says. */
    account: z.string(),
    /** Decimal text of base units as the peer says, undefined where it does not answer. */
    limit: z.string().optional(),
    balance: z.string().optional(),
  }),
  z.object(failed),
]);

/** Asks a gateway to dial a peer that nobody has added yet, to ask it what it says, and to hang up. */
export type PeerTrial = Readonly<z.output<typeof peerTrial>>;
export type PeerTrialReply = Readonly<z.output<typeof peerTrialReply>>;

/** @throws ZodError */
export function readPeerTrial(question: unknown): PeerTrial {
  return peerTrial.parse(question);
}

/** @throws ZodError */
export function readPeerTrialReply(answer: unknown): PeerTrialReply {
  return peerTrialReply.parse(answer);
}
