import { logDatabase, type LogDatabase } from '../testing/log-database';
import { binaryRows, type BinaryRow } from './binary-rows';
import { withConnection } from './connection';
import { InexactNumberError } from './event-store-errors';

let database: LogDatabase;
beforeAll(async () => {
  database = await logDatabase();
});
afterAll(() => database.drop());

async function read<T>(select: string, decode: (row: BinaryRow) => T): Promise<T[]> {
  const rows = await withConnection(database.dataSource, (client) => binaryRows(client, select));
  return Array.from({ length: rows.length }, (_, index) => rows.read(index, decode));
}

test('every type comes as the server has it, NULL included', async () => {
  const select = `
    SELECT 'Zürich 🚂'::text, 'alice'::text, NULL::text, (-7)::int2, 9007199254740991::int8,
           '{"b": [1, null], "ä": "\\\\"}'::jsonb, '\\x00ff'::bytea, ''::bytea, NULL::bytea`;
  const decode = (row: BinaryRow) => [
    row.text(),
    row.ascii(),
    row.asciiOrNull(),
    row.int2(),
    row.int8(),
    row.jsonb(),
    row.bytea(),
    row.byteaOrNull(),
    row.byteaOrNull(),
  ];
  const json = '{"b": [1, null], "ä": "\\\\"}';
  const bytes = [Buffer.from([0, 255]), Buffer.alloc(0), null];
  expect(await read(select, decode)).toEqual([
    ['Zürich 🚂', 'alice', null, -7, Number.MAX_SAFE_INTEGER, json, ...bytes],
  ]);
});

test.each([
  '1970-01-01T00:00:00.000Z',
  '1999-12-31T23:59:59.999Z',
  '2017-08-28T12:00:00.001Z',
  '2285-06-05T23:47:34.740Z',
  '2400-02-29T00:00:00.007Z',
  '9999-12-31T23:59:59.999Z',
])('the time %s to the millisecond', async (time) => {
  const select = `SELECT '${time}'::timestamptz`;
  expect(await read(select, (row) => row.timestampMs())).toEqual([Date.parse(time)]);
});

test.each(['9007199254740992', '-9007199254740992', '9223372036854775807'])(
  'int8 %s is refused rather than rounded',
  async (value) => {
    const reading = read(`SELECT ${value}::int8`, (row) => row.int8());
    await expect(reading).rejects.toThrow(new InexactNumberError(value));
  },
);

test('no row, and more rows than one buffer or message holds', async () => {
  const select = (rows: number) =>
    `SELECT n::int8, repeat('x', n % 5000) FROM generate_series(1, ${rows}) AS n`;
  expect(await read(select(0), (row) => row.int8())).toEqual([]);
  const rows = await read(select(3000), (row) => [row.int8(), row.ascii().length]);
  expect(rows).toEqual(Array.from({ length: 3000 }, (_, n) => [n + 1, (n + 1) % 5000]));
});

test('bytes that were read stay what they are when rows and connection go on', async () => {
  const select = `SELECT decode(repeat(to_char(n, 'FM00'), 4), 'hex') FROM generate_series(1, 99) n`;
  const kept = await read(select, (row) => row.bytea());
  await read(`SELECT repeat('x', 100000) FROM generate_series(1, 20)`, (row) => row.ascii());
  const expected = kept.map((_, index) =>
    String(index + 1)
      .padStart(2, '0')
      .repeat(4),
  );
  expect(kept.map((bytes) => bytes.toString('hex'))).toEqual(expected);
});

test('a failure in the middle is an error, and the connection can be used again', async () => {
  await withConnection(database.dataSource, async (client) => {
    const failing = binaryRows(client, 'SELECT 1 / (50 - n) FROM generate_series(1, 99) n');
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    await expect(binaryRows(client, 'SELECT FROM nowhere')).rejects.toMatchObject({
      code: '42P01',
    });
    expect((await binaryRows(client, 'SELECT 1')).length).toBe(1);
  });
});
