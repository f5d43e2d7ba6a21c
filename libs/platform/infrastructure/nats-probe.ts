import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { parseNatsUrl, withoutSecrets, type NatsAddress } from './connection-url';
import { InfrastructureError, reasonOf } from './infrastructure-error';
import { isNatsNewEnough, OLDEST_NATS_VERSION } from './nats-binary';

const ANSWER_WITHIN_MS = 5000;
/** How often a server is asked that finds us too slow: a machine under load may pause us more than once. */
const ATTEMPTS = 5;

/**
 * Asks the first server of the URL that answers. It speaks the greeting of the NATS protocol only: the version is
 * told before anybody logs in. Credentials in the URL are tried, but never over a connection that wants TLS, where
 * only the real client can check whom it talks to.
 *
 * @returns the server's version.
 * @throws InfrastructureError `NatsUnreachable` or `NatsTooOld`
 */
export async function probeNats(url: string): Promise<string> {
  const version = await greetAny(url);
  if (isNatsNewEnough(version)) return version;
  throw new InfrastructureError(
    'NatsTooOld',
    `the nats-server at ${withoutSecrets(url)} is ${version}, and ${OLDEST_NATS_VERSION} or later is needed`,
  );
}

async function greetAny(url: string): Promise<string> {
  const reasons: string[] = [];
  try {
    const address = parseNatsUrl(url);
    for (const server of address.servers) {
      try {
        return await greetInTime(server, address);
      } catch (error) {
        reasons.push(reasonOf(error));
      }
    }
  } catch (error) {
    reasons.push(reasonOf(error));
  }
  throw new InfrastructureError(
    'NatsUnreachable',
    `the nats-server at ${withoutSecrets(url)} cannot be reached: ${reasons.join('; ') || 'no address'}`,
  );
}

/** A server hangs up on whoever does not log in within seconds of its greeting, as when we were paused meanwhile. */
async function greetInTime(server: string, address: NatsAddress): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await greet(server, address);
    } catch (error) {
      const wasTooSlow = /authentication timeout/i.test(reasonOf(error));
      if (!wasTooSlow || attempt === ATTEMPTS) throw error;
    }
  }
}

async function greet(server: string, address: NatsAddress): Promise<string> {
  const { hostname, port } = new URL(server.includes('://') ? server : `nats://${server}`);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
  const patience = setTimeout(() => {
    socket.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`));
  }, ANSWER_WITHIN_MS);
  try {
    return await logIn(socket, address);
  } finally {
    clearTimeout(patience);
    socket.destroy();
  }
}

async function logIn(socket: Socket, address: NatsAddress): Promise<string> {
  const lines = lineReader(socket);
  const info = parseInfo(await lines());
  const credentials = { user: address.user, pass: address.pass, auth_token: address.token };
  const anonymous = address.user === undefined && address.token === undefined;
  if (info.tlsRequired || (info.authRequired && anonymous)) return info.version;
  const hello = { verbose: false, pedantic: false, lang: 'probe', version: '1', ...credentials };
  socket.write(`CONNECT ${JSON.stringify(hello)}\r\nPING\r\n`);
  const answer = await lines();
  if (answer.startsWith('PONG')) return info.version;
  throw new Error(answer.replace(/^-ERR\s*/, ''));
}

/** One line at a time; rejects when the connection fails or ends before the next one. */
function lineReader(socket: Socket): () => Promise<string> {
  const reader = createInterface({ input: socket, crlfDelay: Infinity });
  const lines = reader[Symbol.asyncIterator]();
  const failed = once(socket, 'error').then(([error]: unknown[]) => {
    throw new Error(reasonOf(error));
  });
  failed.catch(() => undefined);
  return async () => {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done === true) throw new Error('the connection was closed');
    return next.value;
  };
}

interface ServerInfo {
  readonly version: string;
  readonly authRequired: boolean;
  readonly tlsRequired: boolean;
}

function parseInfo(line: string): ServerInfo {
  if (!line.startsWith('INFO ')) throw new Error('it does not greet like a nats-server');
  const info: unknown = JSON.parse(line.slice('INFO '.length));
  if (typeof info !== 'object' || info === null) throw new Error('its greeting cannot be read');
  const fields: Record<string, unknown> = { ...info };
  return {
    version: typeof fields.version === 'string' ? fields.version : 'unknown',
    authRequired: fields.auth_required === true,
    tlsRequired: fields.tls_required === true,
  };
}
