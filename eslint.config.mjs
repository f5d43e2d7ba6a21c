import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const pureRooms = ['libs/protocol/**/*.ts', 'libs/eventsourcing/**/*.ts', 'libs/domain/**/*.ts'];
const specs = ['**/*.spec.ts', '**/*.int-spec.ts', 'test/**/*.ts', 'libs/testing/**/*.ts'];

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', '**/node_modules/**'] },
  {
    files: ['**/*.ts'],
    extends: [
      eslint.configs.recommended,
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': 'off',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only the configuration reads the environment.',
        },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['apps/causeway/src/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: pureRooms,
    ignores: specs,
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'The core knows no clock.' },
        { name: 'setInterval', message: 'The core knows no clock.' },
        { name: 'setImmediate', message: 'The core knows no clock.' },
        { name: 'process', message: 'The core knows no process.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: ':function[async=true]', message: 'The core holds no promise.' },
        { selector: 'AwaitExpression', message: 'The core holds no promise.' },
        {
          selector: 'MemberExpression[object.name="Date"][property.name="now"]',
          message: 'Time arrives inside the command.',
        },
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'Time arrives inside the command.',
        },
        {
          selector: 'MemberExpression[object.name="Math"][property.name="random"]',
          message: 'The core knows no randomness.',
        },
      ],
    },
  },
  {
    files: specs,
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  // The runner hands the addresses of its servers to the tests through the environment.
  { files: ['test/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
);
