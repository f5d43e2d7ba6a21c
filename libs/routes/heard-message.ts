import { createHash } from 'node:crypto';
import { z } from 'zod';
import { curveFromBase64, curveToBase64 } from '#domain/liquidity';
import type { ReceivedRoute, RoutePaths } from '#domain/routing';

/**
 * What peers told of routes, as it is kept for all processes: under `<peer>.h` what there is to
 * know of the peer, under `<peer>.<shard>` and `<peer>.<shard>.<n>` the routes.
 */

const count = z.int().min(0);
const counts = z.record(z.string(), count);

const heartbeat = z.object({
  /** Address of the peer on the ledger between us; with another one it is another peer. */
  account: z.string(),
  heardAtMs: z.number(),
  holdDownMs: z.number(),
  showsV21: z.boolean(),
  fullTableAskedMs: z.number().optional(),
  /** Kept of this peer. */
  routes: count,
  /** And how much they hold; what an earlier release wrote does not say. */
  details: count.optional(),
  /** Since the peer was first heard. */
  updates: count,
  /** Of the last update that held any routes or withdrawals, by reason: what was not used. */
  skipped: counts,
  /** Destinations that it told last in a way that was of no use, and why; the latest last. */
  unused: z.array(z.tuple([z.string(), z.string()])).default([]),
  /** Its latest update that was refused whole, and why. */
  refusal: z.object({ atMs: z.number(), member: z.string(), rule: z.string() }).optional(),
  /** When it spoke last while nothing counted that it had told before, if it had. */
  anewAtMs: z.number().optional(),
  /** What it has drawn of its allowance, since it was first heard, at whichever router. */
  spent: z.object({ updates: count, routes: count }).default({ updates: 0, routes: 0 }),
  /** Somebody is writing routes, since then. What else is said is as it was before. */
  claim: z.object({ by: z.string(), sinceMs: z.number() }).optional(),
});

export type Heartbeat = Readonly<z.output<typeof heartbeat>>;

/** Why an update was refused whole. */
export type HeardRefusal = NonNullable<Heartbeat['refusal']>;

export const HEARTBEAT_KEY = 'h';

/** So many destinations that are of no use are named; this is written with every heartbeat. */
export const UNUSED_NAMED = 50;

const POINT_BYTES = 16;

/** Routes of one peer lie in so many places: each change of a route writes one of them anew. */
const SHARD_DIGITS = 3;
const SHARD = /^[0-9a-f]{3}(\.\d{1,4})?$/;

const noWindow = z.number().min(0);
const paths = z.array(z.array(z.string()));
const storedRoute = z.tuple([z.string(), noWindow, z.string(), paths.optional()]);

/** A route in the fewest characters: destination, window, points or nothing, paths if there are. */
type StoredRoute = z.output<typeof storedRoute>;

export function encodeHeartbeat(said: Heartbeat): Buffer {
  return Buffer.from(JSON.stringify(said));
}

/** @throws ZodError | SyntaxError */
export function readHeartbeat(value: Buffer): Heartbeat {
  return heartbeat.parse(JSON.parse(value.toString()));
}

/** The shard that a destination lies in. */
export function shardOf(destination: string): string {
  return createHash('sha256').update(destination).digest('hex').slice(0, SHARD_DIGITS);
}

export function isShardPart(name: string): boolean {
  return SHARD.test(name);
}

/** `n` counts from 0; the first part has the name of the shard itself. */
export function partName(shard: string, n: number): string {
  return n === 0 ? shard : `${shard}.${n}`;
}

export function shardOfPart(part: string): string {
  return part.slice(0, SHARD_DIGITS);
}

/** What tells a route apart from others; what goes without saying is left out. */
export type KeptRoute = Pick<
  ReceivedRoute,
  'destination' | 'minMessageWindowS' | 'curve' | 'paths'
>;

/** JSON of one route. */
export function encodeRoute(route: KeptRoute): string {
  const { destination, minMessageWindowS, curve } = route;
  const points = curve === undefined || curve === 'invalid' ? '' : curveToBase64(curve);
  const stored: StoredRoute = [destination, minMessageWindowS, points];
  if (!isDirect(route.paths)) stored.push(route.paths.map((path) => [...path]));
  return JSON.stringify(stored);
}

/**
 * How much a route, as JSON that `encodeRoute` made, holds beside its destination: the points of its
 * curve, and the alternatives of its paths and the ledgers in them. Each is some 120 bytes in memory
 * at most, several times what it is here.
 */
export function detailsOf(json: string): number {
  const { data } = storedRoute.safeParse(JSON.parse(json));
  if (data === undefined) return 0;
  const [, , points, ways = []] = data;
  const inPaths = ways.reduce((sum, path) => sum + 1 + path.length, 0);
  return Math.floor(Buffer.byteLength(points, 'base64') / POINT_BYTES) + inPaths;
}

/**
 * The routes of one part, by destination, each as JSON that `encodeRoute` made. What is in a route is
 * only looked at by `decodeRoute`, as most routes of a part are the same ones as before.
 * @throws SyntaxError | TypeError
 */
export function readPart(value: Buffer): [destination: string, json: string][] {
  const list: unknown = JSON.parse(value.toString());
  if (!Array.isArray(list)) throw new TypeError('routes are a list');
  return list.map((stored: unknown) => {
    const destination: unknown = Array.isArray(stored) ? stored[0] : undefined;
    if (typeof destination !== 'string') throw new TypeError('a route begins with its destination');
    return [destination, JSON.stringify(stored)];
  });
}

/** @throws SyntaxError | ZodError; for points that are none as `curveFromBase64` */
export function decodeRoute(json: string): KeptRoute {
  const [destination, minMessageWindowS, points, ways] = storedRoute.parse(JSON.parse(json));
  return {
    destination,
    minMessageWindowS,
    paths: ways ?? [[]],
    ...(points !== '' && { curve: curveFromBase64(points) }),
  };
}

/** Parts of a shard, each no longer than that; every route alone must fit. */
export function encodeParts(routes: Iterable<string>, maxBytes: number): Buffer[] {
  const parts: Buffer[] = [];
  let taken: string[] = [];
  let bytes = 1;
  for (const json of routes) {
    const length = Buffer.byteLength(json) + 1;
    if (taken.length > 0 && bytes + length > maxBytes) {
      parts.push(listOf(taken));
      taken = [];
      bytes = 1;
    }
    taken.push(json);
    bytes += length;
  }
  if (taken.length > 0) parts.push(listOf(taken));
  return parts;
}

function listOf(routes: readonly string[]): Buffer {
  return Buffer.from(`[${routes.join(',')}]`);
}

function isDirect(ways: RoutePaths): boolean {
  return ways.every((path) => path.length === 0);
}
