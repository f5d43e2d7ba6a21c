import { NAMED_SETTINGS } from './environment-names';
import { configurationReference } from './reference';

const rows = configurationReference()
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('configurationReference', () => {
  it.each([
    ['`limits.partitions`', '`CAUSEWAY_LIMITS_PARTITIONS`', '`64`'],
    ['`connector.spread`', '`CAUSEWAY_CONNECTOR_SPREAD`', '`0.002`'],
    ['`connector.minMessageWindowMs`', '`CAUSEWAY_CONNECTOR_MIN_MESSAGE_WINDOW_MS`', '`1000`'],
    ['`console.token`', '`CAUSEWAY_CONSOLE_TOKEN`', 'required'],
    ['`log.level`', '`LOG_LEVEL`', '`info`'],
    ['`databaseUrl`', '`DATABASE_URL`', ''],
    ['`peers[].token`', '`CAUSEWAY_PEER_<ID>_TOKEN`', ''],
    ['`peers[].ledger.prefix`', '', ''],
    ['`routes[].targetPrefix`', '', 'required'],
  ])('has %s, by %s, default %s', (key, variable, fallback) => {
    const row = rows.find(([, cell]) => cell === key);
    expect(row?.slice(2, 4)).toEqual([variable, fallback]);
  });

  it('has each setting once, with a meaning', () => {
    const keys = rows.map(([, key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { key } of NAMED_SETTINGS) expect(keys).toContain(`\`${key}\``);
    for (const row of rows) {
      expect(row).toHaveLength(6);
      expect(row[4]).toMatch(/\w{3}/);
    }
  });
});
