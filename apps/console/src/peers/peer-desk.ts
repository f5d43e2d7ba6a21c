import { HttpException, HttpStatus } from '@nestjs/common';
import type { z } from 'zod';
import type { GatewaySettings, PeerSettings } from '#platform';
import { formatBtpUri } from '#protocol';
import type { OrderDesk } from '../order-desk';
import { freshToken, placeForPeer } from './invitation-desk';
import { newCredentials, withCredentials } from './new-credentials';
import type { AddedPeer, PeerBook, Recorded } from './peer-book';
import type { PeerServices } from './peer-services';
import { readTerms, TERMS, type Written } from './peer-terms';
import { recording } from './recording';
import type { PeerRegistry } from '#peers';

/** What was made for the peer, shown this once; nothing where the operator knows it. */
interface Made {
  readonly token?: string;
  /** Where the peer is to dial with it, if the configuration says where the world finds us. */
  readonly uri?: string;
}

export type AddedByDocument = AddedPeer & Made;

export interface Rotated extends Recorded, Made {
  readonly outcome: 'rotated';
}

export interface Removed extends Recorded {
  readonly outcome: 'removed';
  readonly ledger: Fate;
}

type Fate = Parameters<PeerRegistry['remove']>[0]['ledger'];
type RemovalTerms = z.output<typeof TERMS.remove>;

interface DeskOptions {
  readonly book: PeerBook;
  readonly registry: Pick<PeerRegistry, 'rotateToken' | 'remove'>;
  readonly services: Pick<PeerServices, 'announceChange'>;
  readonly orders: Pick<OrderDesk, 'give'>;
  readonly gateway: Pick<GatewaySettings, 'publicUri' | 'alphaPath'>;
}

/** A peer that is written out whole, and what becomes of peers later. */
export class PeerDesk {
  constructor(private readonly options: DeskOptions) {}

  /** @throws HttpException as `PeerBook.add` */
  async add(written: Written): Promise<AddedByDocument> {
    const { by, terms } = readTerms(TERMS.add, written);
    const { peer } = terms;
    const isTokenless = peer.token === undefined && peer.tokenSha256 === undefined;
    if (peer.socket !== 'server' || !isTokenless) return this.options.book.add(peer, by);
    const token = freshToken();
    const document = { ...peer, token };
    const settings = this.options.book.read(document);
    const added = await this.options.book.add(document, by);
    return { ...added, ...this.made(settings, token) };
  }

  /** @throws HttpException 404 | 409 | 422 */
  async rotate(peerId: string, written: Written): Promise<Rotated> {
    const { book, registry, services } = this.options;
    const { by, terms } = readTerms(TERMS.rotate, written);
    const { settings, document } = await book.registered(peerId);
    const { credentials, madeToken } = newCredentials(settings, terms);
    await book.requireRoomToChange(book.read(withCredentials(document, credentials)));
    const rotation = { peerId, credentials, by, ...book.surroundings };
    const recorded = await recording(() => registry.rotateToken(rotation));
    services.announceChange();
    return { outcome: 'rotated', ...recorded, ...this.made(settings, madeToken) };
  }

  /**
   * The ledger first: while it cannot be closed, the peer stays.
   * @throws HttpException 404 | 409 | 422 | 503 | 504
   */
  async remove(peerId: string, written: Written): Promise<Removed> {
    const { book, registry, services } = this.options;
    const { by, terms } = readTerms(TERMS.remove, written);
    await book.requireRegistered(peerId);
    const ledger = await this.endLedger(peerId, by, terms);
    const { reason } = terms;
    const { configured } = book.surroundings;
    const recorded = await recording(() =>
      registry.remove({ peerId, reason, ledger, by, configured }),
    );
    services.announceChange();
    return { outcome: 'removed', ...recorded, ledger };
  }

  private made(peer: PeerSettings, token: string | undefined): Made {
    if (token === undefined) return {};
    const uri = placeForPeer(this.options.gateway, peer, token);
    return uri === undefined ? { token } : { token, uri: formatBtpUri(uri) };
  }

  private async endLedger(peerId: string, by: string, terms: RemovalTerms): Promise<Fate> {
    const { reason, balance, keepLedger } = terms;
    const fate = keepLedger ? 'kept' : 'closed';
    try {
      await this.options.orders.give(keepLedger ? 'pause' : 'close', {
        operator: { name: by, isNamed: true },
        ledger: peerId,
        body: balance === undefined ? { reason } : { reason, balance },
      });
      return fate;
    } catch (error) {
      if (isNoLedger(error)) return 'none';
      throw error;
    }
  }
}

const NOT_FOUND: number = HttpStatus.NOT_FOUND;

/** The peer may never have said what its ledger is. */
function isNoLedger(error: unknown): boolean {
  return error instanceof HttpException && error.getStatus() === NOT_FOUND;
}
