/** What a service and its supervisor say to each other over the IPC channel. */

/** Where the service can be reached: name → URL, as `btp`, `http`, `health`. */
export type ServicePorts = Readonly<Record<string, string>>;

/** child → parent */
export type ServiceMessage =
  | { readonly type: 'ready'; readonly ports: ServicePorts }
  /** It takes nothing new any more, and will end. */
  | { readonly type: 'draining' }
  /** It cannot start, or cannot go on; one line for the operator. */
  | { readonly type: 'fatal'; readonly message: string };

/** parent → child */
export interface SupervisorMessage {
  readonly type: 'drain';
}

/** What came over the channel as a message of a service, or undefined. */
export function parseServiceMessage(raw: unknown): ServiceMessage | undefined {
  if (!isObject(raw)) return undefined;
  if (raw.type === 'fatal' && typeof raw.message === 'string') {
    return { type: 'fatal', message: raw.message };
  }
  if (raw.type === 'draining') return { type: 'draining' };
  if (raw.type !== 'ready' || !isObject(raw.ports)) return undefined;
  const ports: Record<string, string> = {};
  for (const [name, url] of Object.entries(raw.ports)) {
    if (typeof url !== 'string') return undefined;
    ports[name] = url;
  }
  return { type: 'ready', ports };
}

/** What came over the channel as a message of the supervisor, or undefined. */
export function parseSupervisorMessage(raw: unknown): SupervisorMessage | undefined {
  return isObject(raw) && raw.type === 'drain' ? { type: 'drain' } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
