/** Where payments go on from here, kept current: for routers and quoters alike. */
export { type HeardPeer, LiveRoutes } from './live-routes';
export { LiveRoutesModule } from './live-routes.module';
