import type { DataSource } from 'typeorm';
import { execute, textRows, withConnection } from './connection';
import { SettingConflictError } from './event-store-errors';

/** A few values that belong to the database and not to a configuration file. */
export class SettingsStore {
  constructor(private readonly dataSource: DataSource) {}

  async get(name: string): Promise<string | undefined> {
    return withConnection(this.dataSource, async (client) => {
      const [row] = await textRows<[string]>(client, {
        text: 'SELECT value FROM connector_settings WHERE name = $1',
        values: [name],
      });
      return row?.[0];
    });
  }

  /**
   * The stored value, or the made one if there is none yet; processes that ask at once get the
   * same.
   */
  async getOrCreate(name: string, make: () => string): Promise<string> {
    const stored = await this.get(name);
    if (stored !== undefined) return stored;
    const made = make();
    await withConnection(this.dataSource, (client) =>
      execute(client, {
        text: 'INSERT INTO connector_settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING',
        values: [name, made],
      }),
    );
    return (await this.get(name)) ?? made;
  }

  /**
   * Writes a value down the first time and compares ever after.
   * @throws SettingConflictError if another value is stored.
   */
  async settle(name: string, wanted: string): Promise<void> {
    const stored = await this.getOrCreate(name, () => wanted);
    if (stored !== wanted) throw new SettingConflictError(name, stored, wanted);
  }

  /**
   * Makes sure that this database belongs to this connector and is divided as it thinks: one
   * database serves one connector, and the number of partitions is part of the stored layout.
   * @throws SettingConflictError
   */
  async settleIdentity(identity: { address: string; partitions: number }): Promise<void> {
    await this.settle('connector.address', identity.address);
    await this.settle('partitions', String(identity.partitions));
  }
}
