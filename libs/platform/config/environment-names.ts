import { settingsIn } from './setting-list';
import { ADDRESSES, SECTIONS } from './settings-schema';

/** A setting that can be given by the environment. */
export interface NamedSetting {
  /** Path in the file, as `gateway.listen`. */
  readonly key: string;
  readonly variable: string;
  /** Also as `NAME_FILE`, the name of a file that holds the value. */
  readonly secret: boolean;
}

/**
 * Names that carry process wiring from the supervisor to its services, not settings: the file to
 * read, the merged document itself, the name of this instance, its number among all processes, and
 * whether it is handed its connections instead of listening for them.
 */
export const PROCESS_WIRING = {
  configFile: 'CAUSEWAY_CONFIG',
  configJson: 'CAUSEWAY_CONFIG_JSON',
  instance: 'CAUSEWAY_INSTANCE',
  processIndex: 'CAUSEWAY_PROCESS_INDEX',
  handedSockets: 'CAUSEWAY_HANDED_SOCKETS',
} as const;

/** Names of other people's programs that we honour instead of one of ours. */
const FAMILIAR: Readonly<Partial<Record<string, string>>> = {
  databaseUrl: 'DATABASE_URL',
  natsUrl: 'NATS_URL',
  'log.level': 'LOG_LEVEL',
};

export const NAMED_SETTINGS: readonly NamedSetting[] = [
  ...Object.entries(ADDRESSES).map(([key, schema]) => named(key, schema)),
  ...Object.entries(SECTIONS).flatMap(([section, schema]) =>
    settingsIn(schema, `${section}.`).map(([key, setting]) => named(key, setting)),
  ),
];

/** Settings of one peer that the environment can give: its secrets. */
export const PEER_SECRETS = ['token', 'tokenSha256', 'uri'] as const;

/** `alice-2` and `token` → `CAUSEWAY_PEER_ALICE_2_TOKEN`. */
export function peerVariable(peerId: string, key: (typeof PEER_SECRETS)[number]): string {
  return `CAUSEWAY_PEER_${shout(peerId.replaceAll('-', '_'))}_${shout(key)}`;
}

const RESERVED: ReadonlySet<string> = new Set(Object.values(PROCESS_WIRING));

/** Names with our prefix that are no settings and no mistakes either. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name) || name.startsWith('CAUSEWAY_TEST_');
}

interface Described {
  meta(): Readonly<Record<string, unknown>> | undefined;
}

function named(key: string, schema: Described): NamedSetting {
  const ours = `CAUSEWAY_${shout(key.replaceAll('.', '_'))}`;
  return { key, variable: FAMILIAR[key] ?? ours, secret: schema.meta()?.secret === true };
}

function shout(text: string): string {
  return text.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
