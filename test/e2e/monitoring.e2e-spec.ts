import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { Authority } from '../support/certificates';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { RETOLD_TO } from '../support/guide/retelling';
import { type Host, hostOfItsOwn } from '../support/hosted-connector';

const SERVICES = ['btp-gateway', 'router', 'quoter', 'ledger', 'console'] as const;
const STARTED_WITHIN_MS = 180_000;

let text = readFileSync(inRepository('docs', 'monitoring.md'), 'utf8');

const readiness = z.object({ checks: z.record(z.string(), z.object({ ok: z.boolean() })) });

/** Service by service, what a connector says of itself that can say all there is. */
describe('the document about monitoring', () => {
  let host: Host;
  let connector: ConnectorUnderTest;

  beforeAll(async () => {
    host = await hostOfItsOwn(new Authority('authority of the metrics'), 'monitored');
    const { certFile, keyFile } = host;
    connector = await ConnectorUnderTest.start({
      connector: { address: 'test.monitored' },
      gateway: { tls: { certFile, keyFile } },
      rates: { backend: 'table', table: { rates: { USD: '1.0592' } } },
    });
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    if (RETOLD_TO !== undefined) await writeFile(RETOLD_TO, text);
    await connector.stop();
    await rm(host.directory, { recursive: true, force: true });
  });

  it('lists every metric, with what it says of itself', async () => {
    const rows = new Map<string, { help: string; by: string[] }>();
    for (const service of SERVICES) {
      const text = await (await connector.page(service, 'metrics')).text();
      for (const [, name = '', help = ''] of text.matchAll(/^# HELP (causeway_\S+) (.+)$/gm)) {
        const by = [...(rows.get(name)?.by ?? []), service];
        rows.set(name, { help: help.replace(/\.$/, ''), by });
      }
    }
    holds('metrics', [
      '| Metric | Of | Says |',
      '| --- | --- | --- |',
      ...[...rows]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, { help, by }]) => `| \`${name}\` | ${whose(by)} | ${help} |`),
    ]);
  });

  it('names every check of every service', async () => {
    const rows: string[] = [];
    for (const service of SERVICES) {
      const { checks } = readiness.parse(await (await connector.page(service, 'readyz')).json());
      rows.push(`| ${service} | ${Object.keys(checks).sort().join(', ')} |`);
    }
    holds('checks', ['| Process | Checks |', '| --- | --- |', ...rows]);
  });
});

function whose(services: readonly string[]): string {
  return services.length === SERVICES.length ? 'all' : services.join(', ');
}

/** That the table between `<!-- what -->` and `<!-- /what -->` is this one. */
function holds(what: string, table: readonly string[]): void {
  const begin = `<!-- ${what} -->`;
  const end = `<!-- /${what} -->`;
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (RETOLD_TO === undefined) expect(cells(text.slice(from, to))).toEqual(cells(table.join('\n')));
  else text = `${text.slice(0, from)}\n\n${table.join('\n')}\n\n${text.slice(to)}`;
}

/** A table without the spaces that only line up its columns. */
function cells(markdown: string): string[] {
  return markdown
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s*\|\s*/g, '|').replace(/-{3,}/g, '---'));
}
