import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..');
const depcruise = join(root, 'node_modules', '.bin', 'depcruise');

/** A small house in a temporary folder, cruised with the real rules. */
function violations(files: Record<string, string>): string[] {
  const house = mkdtempSync(join(tmpdir(), 'causeway-walls-'));
  try {
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, file), join(house, file));
    }
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(house, file)), { recursive: true });
      writeFileSync(join(house, file), text);
    }
    return cruise(house, ['libs', 'apps', 'examples']);
  } finally {
    rmSync(house, { recursive: true, force: true });
  }
}

interface CruiseReport {
  summary: { violations: { from: string; rule: { name: string } }[] };
}

function cruise(house: string, folders: string[]): string[] {
  const args = [...folders, '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const { stdout, stderr } = spawnSync(depcruise, args, { cwd: house, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout) as CruiseReport;
  return report.summary.violations.map(({ rule, from }) => `${rule.name} ${from}`);
}

const leaf = 'export const leaf = 1;\n';
const importing = (path: string): string =>
  `import { leaf } from '${path}';\nexport const x = leaf;\n`;

const house = {
  'libs/protocol/index.ts': leaf,
  'libs/protocol/codec.ts': leaf,
  'libs/eventsourcing/index.ts': leaf,
  'libs/event-store/index.ts': leaf,
  'libs/testing/index.ts': leaf,
  'libs/events-client/index.ts': leaf,
  'libs/domain/ledger/index.ts': importing('#protocol') + leaf,
  'libs/domain/payment/index.ts': importing('#domain/ledger') + leaf,
  'apps/router/src/plan.ts': leaf,
  'apps/router/src/main.ts': importing('#domain/payment'),
  'examples/reader/main.ts': importing('#events-client'),
  'node_modules/nats/package.json': '{ "name": "nats", "version": "2.29.3", "main": "index.js" }',
  'node_modules/nats/index.js': 'exports.leaf = 1;\n',
};

/** What breaks a wall: the rule that must say so, the file, and what it imports. */
const breaches: [rule: string, file: string, text: string][] = [
  ['protocol-is-a-leaf', 'libs/protocol/a.ts', importing('#domain/ledger')],
  ['eventsourcing-is-a-leaf', 'libs/eventsourcing/a.ts', importing('#protocol')],
  ['domain-knows-only-the-core', 'libs/domain/ledger/a.ts', importing('#event-store')],
  ['core-knows-no-framework', 'libs/domain/ledger/b.ts', "import 'node:fs';\n"],
  ['domain-rooms', 'libs/domain/ledger/c.ts', importing('#domain/payment')],
  ['domain-rooms', 'libs/domain/rates/a.ts', importing('#domain/ledger')],
  ['rates-know-a-reader-of-xml', 'libs/domain/rates/b.ts', "import 'node:fs';\n"],
  ['domain-liquidity-door', 'libs/domain/liquidity/a.ts', importing('#domain/ledger')],
  ['domain-routing-door', 'libs/domain/routing/a.ts', importing('#domain/ledger')],
  ['domain-payment-door', 'libs/domain/payment/a.ts', importing('#domain/peering')],
  ['domain-audit-door', 'libs/domain/audit/a.ts', importing('#domain/payment')],
  ['contracts-knows-the-core', 'libs/contracts/a.ts', importing('#event-store')],
  ['platform-knows-no-money', 'libs/platform/a.ts', importing('#domain/ledger')],
  ['adapters-know-no-rules', 'libs/event-store/a.ts', importing('#domain/ledger')],
  ['read-models-know-the-log', 'libs/read-models/a.ts', importing('#domain/ledger')],
  ['peers-know-the-log', 'libs/peers/a.ts', importing('#domain/ledger')],
  ['routes-know-no-store', 'libs/routes/a.ts', importing('#event-store')],
  ['adapters-are-strangers', 'libs/messaging/a.ts', importing('#event-store')],
  ['events-client-knows-no-store', 'libs/events-client/a.ts', importing('#event-store')],
  ['apps-are-strangers', 'apps/ledger/src/a.ts', importing('../../router/src/plan')],
  ['libs-by-their-index', 'apps/ledger/src/b.ts', importing('../../../libs/protocol/codec')],
  ['libs-know-no-apps', 'libs/messaging/b.ts', importing('../../apps/router/src/plan')],
  ['testing-kit-is-for-tests', 'apps/ledger/src/c.ts', importing('#testing')],
  ['examples-are-integrators', 'examples/reader/a.ts', importing('#event-store')],
  ['nats-behind-messaging', 'apps/ledger/src/d.ts', importing('nats')],
  ['no-circular', 'libs/protocol/c.ts', importing('./d')],
];

const accomplices = {
  'libs/protocol/d.ts': importing('./c') + leaf,
  'libs/domain/peering/index.ts': leaf,
};

describe('the walls between the rooms', () => {
  it('let the permitted doors be used', () => {
    expect(violations(house)).toEqual([]);
  });

  it('are each broken by exactly the import that they forbid', () => {
    const broken = Object.fromEntries(breaches.map(([, file, text]) => [file, text]));
    const found = violations({ ...house, ...accomplices, ...broken });
    for (const [rule, file] of breaches) expect(found).toContain(`${rule} ${file}`);
  });
});
