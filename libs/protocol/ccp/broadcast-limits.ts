/** What one broadcast of a peer may hold. Beyond the first three it is refused; the rest cost a route. */
export interface BroadcastLimits {
  /** Of the message, before anything of it is read. */
  readonly maxBytes: number;
  /** New routes and withdrawn destinations, each. */
  readonly maxRoutes: number;
  /** Lists and objects within each other. */
  readonly maxDepth: number;
  readonly maxPoints: number;
  /** Alternative paths of one route, and ledgers in each of them. */
  readonly maxPaths: number;
  readonly maxPathLedgers: number;
  readonly maxMessageWindowS: number;
}

export const BROADCAST_LIMITS: BroadcastLimits = {
  maxBytes: 1_048_576,
  maxRoutes: 10_000,
  maxDepth: 16,
  maxPoints: 1_000,
  maxPaths: 100,
  maxPathLedgers: 100,
  maxMessageWindowS: 86_400,
};
