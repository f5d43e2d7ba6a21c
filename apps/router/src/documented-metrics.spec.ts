import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { AnnouncingMetrics } from './announcing/announcing-metrics';
import { BroadcastMetrics } from './broadcasts/broadcast-metrics';
import { PlanningMetrics } from './planning-metrics';

const monitoring = readFileSync(join(__dirname, '../../../docs/monitoring.md'), 'utf8');

test('operators are told what each metric of the router says', async () => {
  const registry = new Registry();
  new AnnouncingMetrics(registry).sent('refused');
  new BroadcastMetrics(registry, { routesByPeer: () => [] }).skip('loop');
  new PlanningMetrics().expose(registry);
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
  expect(names).toHaveLength(12);
  expect(names.filter((name) => !monitoring.includes(`\`${name}\``))).toEqual([]);
});
