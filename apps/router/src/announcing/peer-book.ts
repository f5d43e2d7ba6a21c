import { Logger } from '@nestjs/common';
import { type PeersListReply, readPeersListReply, type Subjects } from '#contracts';
import type { ControlClient } from '#messaging';
import { PeerDocumentError, type PeerSettings, readPeerDocument } from '#platform';
import type { AnnouncedPeer } from './announced-peer';
import { hasPassed } from './has-passed';

type Dialect = AnnouncedPeer['dialect'];

/** No settings: what changes is announced, and this only makes up for what got lost. */
const EVERY_MS = 15_000;
const WITHIN_MS = 2_000;
const LEAST_PAUSE_MS = 500;

/**
 * Which peers there are, those of the configuration and those that were added at run time, and the
 * syntax that operators say they read. A ledger outlives its peer, so the list of ledgers does not tell.
 */
export class PeerBook {
  private readonly logger = new Logger(PeerBook.name);
  private readonly configured: ReadonlyMap<string, Dialect>;
  /** undefined while nobody has told. */
  private added: ReadonlyMap<string, Dialect> | undefined;
  private askedAtMs = -Infinity;
  private isHurried = false;

  constructor(
    peers: readonly PeerSettings[],
    private readonly ports: {
      readonly control: Pick<ControlClient, 'ask'>;
      readonly subjects: Pick<Subjects, 'peersList'>;
      readonly clock: () => number;
    },
  ) {
    this.configured = new Map(peers.map(({ id, dialect = 'auto' }) => [id, dialect]));
  }

  /** Of whom nothing is known, that is found out. */
  dialectOf(peerId: string): Dialect {
    return this.configured.get(peerId) ?? this.added?.get(peerId) ?? 'auto';
  }

  /** Is there such a peer? undefined = that is not known. */
  has(peerId: string): boolean | undefined {
    return this.configured.has(peerId) ? true : this.added?.has(peerId);
  }

  /** The list has changed. */
  hurry(): void {
    this.isHurried = true;
  }

  /** Asks if it is time; never rejects. What was known stays known while there is no answer. */
  async refresh(): Promise<void> {
    const pauseMs = this.isHurried ? LEAST_PAUSE_MS : EVERY_MS;
    if (hasPassed(pauseMs, this.askedAtMs, this.ports.clock())) await this.ask();
  }

  /** False if there was no answer; never rejects. */
  async ask(): Promise<boolean> {
    const { control, subjects, clock } = this.ports;
    const wasHurried = this.isHurried;
    this.askedAtMs = clock();
    this.isHurried = false;
    try {
      const question = { deadlineMs: WITHIN_MS, parse: readPeersListReply };
      const { peers } = await control.ask(subjects.peersList, {}, question);
      this.added = new Map(peers.flatMap(listed));
      return true;
    } catch (error) {
      this.isHurried ||= wasHurried;
      // The reason could hold what peers present.
      const why = error instanceof Error ? error.name : 'no answer';
      this.logger.debug(`the peers that were added are not known: ${why}`);
      return false;
    }
  }
}

/** A peer is there also where this version cannot read all that is said of it. */
function listed({ document }: PeersListReply['peers'][number]): [string, Dialect][] {
  const { id } = document;
  return typeof id === 'string' ? [[id, dialectIn(document)]] : [];
}

function dialectIn(document: unknown): Dialect {
  try {
    return readPeerDocument(document).dialect ?? 'auto';
  } catch (error) {
    if (error instanceof PeerDocumentError) return 'auto';
    throw error;
  }
}
