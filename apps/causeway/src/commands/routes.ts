import type { Command } from 'commander';
import type { Shell } from '../shell';
import { withConsole } from './ledger';
import type {
  explainRoute,
  ExplainOptions,
  RoutesOptions,
  showHeard,
  showRoutes,
  showTold,
} from './routes-report';

interface Actions {
  readonly showRoutes: typeof showRoutes;
  readonly explainRoute: typeof explainRoute;
  readonly showTold: typeof showTold;
  readonly showHeard: typeof showHeard;
}

const LAZY = (): Promise<Actions> => import('./routes-report.js');
const PREFIX = ['--prefix <prefix>', 'only destinations that begin so', ''] as const;

/** Adds `causeway routes …`: where payments go and why, by the console. */
export function routesCommands(causeway: Command, shell: Shell, load = LAZY): void {
  // Both, or what stands behind a subcommand would be taken for options of `routes` itself.
  causeway.enablePositionalOptions();
  const routes = withConsole(causeway.command('routes')).enablePositionalOptions();
  routes
    .description('what leads where: our ledgers, wired routes, and what peers told us')
    .option(...PREFIX)
    .action(async (options: RoutesOptions) => (await load()).showRoutes(options, shell));
  withConsole(routes.command('explain'))
    .description('why a payment goes where it goes')
    .requiredOption('--from <ledger>', 'the ledger that it comes from')
    .requiredOption('--to <address>', 'where it is to go')
    .option('--amount <units>', 'what comes in, base units')
    .option('--destination-amount <units>', 'or what is to arrive, base units there')
    .action(async (options: ExplainOptions) => (await load()).explainRoute(options, shell));
  withConsole(routes.command('told'))
    .description('what a peer was told of our routes')
    .argument('<peer>', 'id of the peer')
    .option(...PREFIX)
    .action(async (peer: string, options: RoutesOptions) =>
      (await load()).showTold(peer, options, shell),
    );
  withConsole(routes.command('heard'))
    .description('what a peer told us')
    .argument('<peer>', 'id of the peer')
    .option(...PREFIX)
    .action(async (peer: string, options: RoutesOptions) =>
      (await load()).showHeard(peer, options, shell),
    );
}
