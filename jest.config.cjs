const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
};

const project = (displayName, testMatch, more = {}) => ({
  displayName,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch,
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: { '^#(.*)$': '<rootDir>/libs/$1/index.ts' },
  ...more,
});

const infrastructure = {
  globalSetup: '<rootDir>/test/support/start-infrastructure.ts',
  globalTeardown: '<rootDir>/test/support/stop-infrastructure.ts',
};

module.exports = {
  testTimeout: 60_000,
  projects: [
    project('unit', [
      '<rootDir>/{apps,libs,migrations,test/simulation,test/support,test/fuzz}/**/*.spec.ts',
    ]),
    project('architecture', ['<rootDir>/test/architecture/**/*.spec.ts']),
    project(
      'integration',
      ['<rootDir>/{apps,libs,migrations,examples}/**/*.int-spec.ts'],
      infrastructure,
    ),
    project('e2e', ['<rootDir>/test/e2e/**/*.e2e-spec.ts']),
    project('interop', ['<rootDir>/test/interop/**/*.spec.ts']),
  ],
};
