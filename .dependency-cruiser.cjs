/** The rooms of the house and who may enter them. */
const specFile = String.raw`\.(spec|int-spec|e2e-spec)\.ts$`;
const kitCallers = `(${specFile}|^test/|^apps/[^/]+/test/|^examples/test/|^bench/|^libs/testing/)`;

const closed = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: specFile },
  to: { path: '^(apps|libs|migrations|test|bench)/', pathNot: allowed },
});

const room = (name) => String.raw`^libs/domain/${name}/`;

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: '^dist/' },
      to: { circular: true },
    },
    closed(
      'protocol-is-a-leaf',
      '^libs/protocol/',
      '^libs/protocol/',
      'protocol imports nothing of ours',
    ),
    closed(
      'eventsourcing-is-a-leaf',
      '^libs/eventsourcing/',
      '^libs/eventsourcing/',
      'eventsourcing imports nothing of ours',
    ),
    closed(
      'domain-knows-only-the-core',
      '^libs/domain/',
      '^libs/(domain|protocol|eventsourcing)/',
      'rules know bytes and folds, nothing else',
    ),
    {
      name: 'domain-rooms',
      comment:
        'liquidity -> rates; routing -> liquidity, rates; payment -> routing, liquidity, ledger; ' +
        'audit -> ledger; no other door between rooms',
      severity: 'error',
      from: {
        path: '^libs/domain/([^/]+)/',
        pathNot: `${specFile}|^libs/domain/(liquidity|routing|payment|audit)/`,
      },
      to: { path: '^libs/domain/', pathNot: '^libs/domain/$1/' },
    },
    {
      name: 'domain-liquidity-door',
      severity: 'error',
      from: { path: room('liquidity'), pathNot: specFile },
      to: { path: '^libs/domain/', pathNot: '^libs/domain/(liquidity|rates)/' },
    },
    {
      name: 'domain-routing-door',
      severity: 'error',
      from: { path: room('routing'), pathNot: specFile },
      to: { path: '^libs/domain/', pathNot: '^libs/domain/(routing|liquidity|rates)/' },
    },
    {
      name: 'domain-payment-door',
      severity: 'error',
      from: { path: room('payment'), pathNot: specFile },
      to: { path: '^libs/domain/', pathNot: '^libs/domain/(payment|routing|liquidity|ledger)/' },
    },
    {
      name: 'domain-audit-door',
      severity: 'error',
      from: { path: room('audit'), pathNot: specFile },
      to: { path: '^libs/domain/', pathNot: '^libs/domain/(audit|ledger)/' },
    },
    {
      name: 'core-knows-no-framework',
      comment:
        'protocol, eventsourcing and domain may use node:crypto and node:buffer only, ' +
        'and rates a strict XML reader',
      severity: 'error',
      from: {
        path: '^libs/(protocol|eventsourcing|domain)/',
        pathNot: `${specFile}|${room('rates')}`,
      },
      to: { path: '.', pathNot: '^(libs/|crypto$|node:crypto$|buffer$|node:buffer$)' },
    },
    {
      name: 'rates-know-a-reader-of-xml',
      severity: 'error',
      from: { path: room('rates'), pathNot: specFile },
      to: { path: '.', pathNot: '^libs/|(^|/)node_modules/saxes/' },
    },
    closed(
      'contracts-knows-the-core',
      '^libs/contracts/',
      '^libs/(contracts|protocol|eventsourcing|domain)/',
      'contracts name messages; how they travel is not their concern',
    ),
    closed(
      'platform-knows-no-money',
      '^libs/platform/',
      '^libs/(platform|contracts|protocol|eventsourcing)/',
      'platform serves every app and knows no rule',
    ),
    closed(
      'adapters-know-no-rules',
      '^libs/(event-store|messaging)/',
      '^(libs/(event-store|messaging|contracts|eventsourcing|platform)|migrations)/',
      'storage and messaging do not know what events mean',
    ),
    closed(
      'read-models-know-the-log',
      '^libs/read-models/',
      '^libs/(read-models|event-store|contracts|eventsourcing)/',
      'read models are made from the log by statements, not by the code that decides',
    ),
    closed(
      'peers-know-the-log',
      '^libs/peers/',
      '^libs/(peers|event-store|domain/peering|platform|protocol|eventsourcing)/',
      'peers are on record, whoever serves them',
    ),
    closed(
      'routes-know-no-store',
      '^libs/routes/',
      '^libs/(routes|messaging|contracts|platform|protocol|domain/(routing|liquidity|rates))/',
      'the tables follow what is announced, and keep nothing but what peers told',
    ),
    closed(
      'events-client-knows-no-store',
      '^libs/events-client/',
      '^libs/(events-client|messaging|contracts|domain/(ledger|peering|rates)|eventsourcing)/',
      'a subscriber has the stream and the feed, never the database of the connector',
    ),
    {
      name: 'examples-are-integrators',
      comment: 'an example may use what an integrator gets, and read the configuration',
      severity: 'error',
      from: { path: '^examples/', pathNot: `${specFile}|^examples/test/` },
      to: {
        path: '^(apps|libs|migrations|test|bench)/',
        pathNot: String.raw`^libs/(events-client|platform)/index\.ts$`,
      },
    },
    {
      name: 'adapters-are-strangers',
      severity: 'error',
      from: { path: '^libs/(event-store|messaging)/', pathNot: specFile },
      to: { path: '^libs/(event-store|messaging)/', pathNot: '^libs/$1/' },
    },
    {
      name: 'apps-are-strangers',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-by-their-index',
      comment: 'an app enters a library by its front door',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^libs/', pathNot: String.raw`^libs/([^/]+|domain/[^/]+)/index\.ts$` },
    },
    {
      name: 'libs-know-no-apps',
      severity: 'error',
      from: { path: '^(libs|migrations)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'testing-kit-is-for-tests',
      severity: 'error',
      from: { path: '.', pathNot: kitCallers },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'nats-behind-messaging',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: `^libs/messaging/|${specFile}` },
      to: { path: 'node_modules/nats/' },
    },
    {
      name: 'no-unlisted-package',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-package-at-run-time',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: `${specFile}|^libs/testing/` },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'require', 'node', 'default'],
      extensions: ['.ts', '.js', '.cjs', '.json'],
    },
  },
};
