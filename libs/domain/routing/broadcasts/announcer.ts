import { createHash } from 'node:crypto';
import {
  type AnnouncedRoute,
  type BroadcastForm,
  broadcastEntry,
  isAddress,
  type RoutingUpdate,
  writeRoute,
} from '#protocol';
import type { ExportedRoute } from './exported-route';

/** Between whom announcements go, and what they may look like. */
export interface AnnouncerSettings {
  /** The prefix of the ledger between us. */
  readonly sourceLedger: string;
  /** Our address on it. */
  readonly sourceAccount: string;
  readonly holdDownMs: number;
  /** Of one message of JSON. */
  readonly maxUpdateBytes: number;
}

/** Why a route of ours is not told to a peer. */
export type UnsaidReason =
  'not-an-address' | 'no-window' | 'no-curve' | 'beyond-doubles' | 'too-large';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const DIGEST_BYTES = 12;
/** Upper bounds of JSON: names of members, a point in either dialect, an escaped character. */
const MEMBER_BYTES = 300;
const POINT_BYTES = 40;
const CHARACTER_BYTES = 6;

/** Says routes to one peer in one form. Pure. */
export class Announcer {
  /** What an update without content takes. */
  private readonly frameBytes: number;

  constructor(
    private readonly settings: AnnouncerSettings,
    readonly form: BroadcastForm,
  ) {
    const empty = this.update({ routes: [], withdrawn: [], requestFullTable: true });
    this.frameBytes = broadcastEntry(empty, form, 'custom').data.length;
  }

  /** Bytes that routes and withdrawals may take in one update, each with one more for a comma. */
  get room(): number {
    return this.settings.maxUpdateBytes - this.frameBytes;
  }

  /** Why the route cannot be said; undefined if it can. Writes it only where its size is in doubt. */
  unsaidReason(route: ExportedRoute): UnsaidReason | undefined {
    if (!isAddress(route.destination)) return 'not-an-address';
    const { minMessageWindowS: window } = route;
    if (!Number.isFinite(window) || window < 0) return 'no-window';
    if (this.form.dialect === 'v17') {
      const [first] = route.curve?.points ?? [];
      if (first === undefined && this.form.curvelessV17 === 'drop') return 'no-curve';
      const isBeyond = first !== undefined && (first[0] > MAX_SAFE || first[1] > MAX_SAFE);
      if (isBeyond) return 'beyond-doubles';
    }
    if (this.greatestSize(route) < this.room) return undefined;
    return Buffer.byteLength(this.text(route)) < this.room ? undefined : 'too-large';
  }

  /** The route as it goes out. */
  text(route: ExportedRoute): string {
    return writeRoute(this.announced(route), this.form) ?? '';
  }

  update(content: {
    readonly routes: readonly ExportedRoute[];
    readonly withdrawn: readonly string[];
    readonly requestFullTable: boolean;
  }): RoutingUpdate {
    return {
      holdDownMs: this.settings.holdDownMs,
      newRoutes: content.routes.map((route) => this.announced(route)),
      unreachable: content.withdrawn,
      requestFullTable: content.requestFullTable,
    };
  }

  private announced(route: ExportedRoute): AnnouncedRoute {
    return {
      sourceLedger: this.settings.sourceLedger,
      sourceAccount: this.settings.sourceAccount,
      destinationLedger: route.destination,
      minMessageWindowS: route.minMessageWindowS,
      ...(route.curve !== undefined && { points: route.curve.points }),
      paths: route.paths,
    };
  }

  private greatestSize({ destination, curve, paths }: ExportedRoute): number {
    const { sourceLedger, sourceAccount } = this.settings;
    const addresses = sourceLedger.length + sourceAccount.length + destination.length;
    let size = MEMBER_BYTES + addresses + POINT_BYTES * (curve?.points.length ?? 0);
    for (const path of paths) {
      size += CHARACTER_BYTES;
      for (const ledger of path) size += CHARACTER_BYTES * (ledger.length + 1);
    }
    return size;
  }
}

/** Stands for what was told, where the whole would be too much to keep. */
export function digestOf(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  return digest.subarray(0, DIGEST_BYTES).toString('base64url');
}
