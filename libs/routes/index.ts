/** Where payments go on from here, kept current: for routers and quoters alike. */
export type { HeardLimits } from './heard-draft';
export type { HeardRefusal } from './heard-message';
export { HeardStore, RoutesUnavailableError, sizeOfUpdate } from './heard-store';
export { type HeardPeer, LiveRoutes, type LiveRoutesListener } from './live-routes';
export { LiveRoutesModule } from './live-routes.module';
export { QUOTE_ROUNDS, TOO_MANY_ROUNDS, withinPatience } from './remote/patience';
export { RemoteQuotes } from './remote/remote-quotes';
export { RemoteQuotesModule } from './remote/remote-quotes.module';
