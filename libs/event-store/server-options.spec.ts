import { withServerOptions } from './server-options';

const optionsOf = (url: string): string | null => {
  // The last one wins, as it does in node-postgres.
  return new URL(url).searchParams.getAll('options').at(-1) ?? null;
};

test('every connection commits synchronously and finds only our schema', () => {
  const options = optionsOf(withServerOptions('postgres://u:p@host:5432/db', { role: 'r' }));
  expect(options).toMatch(/^-c synchronous_commit=on -c search_path=public .*-c role=r$/);
});

test('options that the URL already has are kept in front, so that ours win', () => {
  const url = 'postgres://host/db?sslmode=disable&options=-c+geqo%3Doff&application_name=x';
  const extended = withServerOptions(url, { statement_timeout: 15_000 });
  expect(optionsOf(extended)).toMatch(
    /^-c geqo=off -c synchronous_commit=on .*-c statement_timeout=15000$/,
  );
  expect(new URL(extended).searchParams.get('sslmode')).toBe('disable');
  expect(new URL(extended).searchParams.get('application_name')).toBe('x');
});
