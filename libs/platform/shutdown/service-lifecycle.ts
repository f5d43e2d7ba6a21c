/** What a service and its supervisor say to each other over the IPC channel. */

/** Where the service can be reached: name → URL, as `btp`, `http`, `health`. */
export type ServicePorts = Readonly<Record<string, string>>;

/** child → parent */
export type ServiceMessage =
  | { readonly type: 'ready'; readonly ports: ServicePorts }
  /** It takes nothing new any more, and will end. */
  | { readonly type: 'draining' }
  /** The answer to a connection that it was offered: whether it is its own now. */
  | { readonly type: 'connection'; readonly taken: boolean }
  /** It cannot start, or cannot go on; one line for the operator. */
  | { readonly type: 'fatal'; readonly message: string };

/** parent → child; a connection travels with its socket. */
export interface SupervisorMessage {
  readonly type: 'drain' | 'connection';
}

/** What came over the channel as a message of a service, or undefined. */
export function parseServiceMessage(raw: unknown): ServiceMessage | undefined {
  if (!isObject(raw)) return undefined;
  switch (raw.type) {
    case 'ready':
      return parseReady(raw.ports);
    case 'draining':
      return { type: 'draining' };
    case 'connection':
      return typeof raw.taken === 'boolean' ? { type: 'connection', taken: raw.taken } : undefined;
    case 'fatal':
      return typeof raw.message === 'string' ? { type: 'fatal', message: raw.message } : undefined;
    default:
      return undefined;
  }
}

function parseReady(raw: unknown): ServiceMessage | undefined {
  if (!isObject(raw)) return undefined;
  const ports: Record<string, string> = {};
  for (const [name, url] of Object.entries(raw)) {
    if (typeof url !== 'string') return undefined;
    ports[name] = url;
  }
  return { type: 'ready', ports };
}

/** What came over the channel as a message of the supervisor, or undefined. */
export function parseSupervisorMessage(raw: unknown): SupervisorMessage | undefined {
  if (!isObject(raw)) return undefined;
  const { type } = raw;
  return type === 'drain' || type === 'connection' ? { type } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
