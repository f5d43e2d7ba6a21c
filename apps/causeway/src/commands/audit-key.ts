import { publicKeyOf, publicKeyText, readPublicKey } from '#domain/audit';
import { SignedHeadStore } from '#event-store';
import { readSigningKey } from '#platform';
import { locateKeyFile } from '../audit/audit-key';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';

export interface KeyOptions extends StoreOptions {
  readonly json?: boolean;
}

interface ShownKey {
  readonly key: string;
  /** Whether this machine has its private half. */
  readonly isOurs: boolean;
  readonly publicKey: string;
}

/** `causeway audit key`: every public key that the log was signed with, ready to be handed on. */
export async function auditKey(options: KeyOptions, shell: Shell): Promise<void> {
  const own = readSigningKey(locateKeyFile(options, shell));
  const ours = own && publicKeyOf(own);
  const stored = await withStore(options, shell, (dataSource) =>
    new SignedHeadStore(dataSource).keys(),
  );
  const keys = new Map<string, ShownKey>();
  for (const { publicKey } of stored) {
    const key = readPublicKey(publicKey);
    keys.set(key.id, { key: key.id, isOurs: key.id === ours?.id, publicKey: publicKeyText(key) });
  }
  if (ours !== undefined) {
    keys.set(ours.id, { key: ours.id, isOurs: true, publicKey: publicKeyText(ours) });
  }
  for (const key of keys.values()) tellKey(key, options, shell);
  if (keys.size === 0) shell.note('nothing has been signed yet, and there is no key here');
}

function tellKey(key: ShownKey, options: KeyOptions, shell: Shell): void {
  if (options.json === true) {
    shell.print(JSON.stringify(key));
    return;
  }
  shell.note(`key ${key.key}${key.isOurs ? ', kept on this machine' : ''}`);
  shell.print(key.publicKey.trimEnd());
}
