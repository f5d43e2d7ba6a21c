import { Logger } from '@nestjs/common';
import { readPeersListReply, type Subjects } from '#contracts';
import type { ControlClient } from '#messaging';
import { PeerDocumentError, type PeerSettings, readPeerDocument } from '#platform';
import type { AnnouncedPeer } from './announced-peer';

type Dialect = AnnouncedPeer['dialect'];

/** No settings: what changes is announced, and this only makes up for what got lost. */
const EVERY_MS = 15_000;
const WITHIN_MS = 2_000;
const LEAST_PAUSE_MS = 500;

/**
 * The syntax that operators say peers read: those of the configuration, and those that came at run
 * time. Of whom nothing is known, that is found out (`auto`).
 */
export class PeerDialects {
  private readonly logger = new Logger(PeerDialects.name);
  private readonly configured: ReadonlyMap<string, Dialect>;
  private added: ReadonlyMap<string, Dialect> = new Map();
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

  of(peerId: string): Dialect {
    return this.configured.get(peerId) ?? this.added.get(peerId) ?? 'auto';
  }

  /** The list has changed. */
  hurry(): void {
    this.isHurried = true;
  }

  /** Asks if it is time; never rejects. What was known stays known while there is no answer. */
  async refresh(): Promise<void> {
    const { control, subjects, clock } = this.ports;
    const pauseMs = this.isHurried ? LEAST_PAUSE_MS : EVERY_MS;
    if (clock() - this.askedAtMs < pauseMs) return;
    this.askedAtMs = clock();
    this.isHurried = false;
    try {
      const question = { deadlineMs: WITHIN_MS, parse: readPeersListReply };
      const { peers } = await control.ask(subjects.peersList, {}, question);
      this.added = new Map(peers.flatMap(({ document }) => dialectIn(document)));
    } catch (error) {
      // The reason could hold what peers present.
      const why = error instanceof Error ? error.name : 'no answer';
      this.logger.debug(`the peers that were added are not known: ${why}`);
    }
  }
}

function dialectIn(document: unknown): [peerId: string, dialect: Dialect][] {
  try {
    const { id, dialect = 'auto' } = readPeerDocument(document);
    return [[id, dialect]];
  } catch (error) {
    if (error instanceof PeerDocumentError) return [];
    throw error;
  }
}
