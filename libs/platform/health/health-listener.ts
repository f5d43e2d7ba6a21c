import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { HealthSettings } from '../config';
import type { HealthChecks } from './health-checks';

export interface HealthListenerOptions {
  readonly settings: HealthSettings;
  /** Which of the ports from `basePort` on is ours; undefined takes the first that is free. */
  readonly processIndex: number | undefined;
  readonly checks: HealthChecks;
  readonly metrics: Registry;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** How many ports are tried when nobody said which is ours. */
const PORTS_TRIED = 64;

/**
 * `/livez`, `/readyz` and `/metrics` of one process, on plain `node:http`: a Nest application with
 * Express for three pages would take longer to start than the rest of a service.
 */
export class HealthListener {
  private constructor(
    private readonly server: Server,
    /** `http://host:port`, with the port that was taken. */
    readonly url: string,
  ) {}

  static async start(options: HealthListenerOptions): Promise<HealthListener> {
    const server = createServer((request, response) => {
      void answer(options, request, response);
    });
    const port = await listen(server, options);
    const { host } = options.settings;
    return new HealthListener(server, `http://${host.includes(':') ? `[${host}]` : host}:${port}`);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }
}

async function listen(server: Server, options: HealthListenerOptions): Promise<number> {
  const { host, basePort } = options.settings;
  if (basePort === 0) return bind(server, host, 0);
  if (options.processIndex !== undefined)
    return bind(server, host, basePort + options.processIndex);
  for (let port = basePort; ; port += 1) {
    try {
      return await bind(server, host, port);
    } catch (error) {
      if (!isTaken(error) || port >= basePort + PORTS_TRIED) throw error;
    }
  }
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function isTaken(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE'
  );
}

async function answer(
  options: HealthListenerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, type, body } = await pageFor(options, request);
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function pageFor(options: HealthListenerOptions, request: IncomingMessage): Promise<Page> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'GET or HEAD');
  const [path] = (request.url ?? '/').split('?', 1);
  switch (path) {
    case '/livez':
      return text(200, 'alive');
    case '/readyz':
      return readyPage(options.checks);
    case '/metrics':
      return metricsPage(options.metrics);
    default:
      return text(404, 'there are /livez, /readyz and /metrics');
  }
}

async function readyPage(checks: HealthChecks): Promise<Page> {
  const readiness = await checks.readiness();
  const body = JSON.stringify({ ...readiness, draining: checks.draining });
  return { status: readiness.ready ? 200 : 503, type: 'application/json', body: `${body}\n` };
}

async function metricsPage(metrics: Registry): Promise<Page> {
  try {
    return { status: 200, type: metrics.contentType, body: await metrics.metrics() };
  } catch (error) {
    return text(500, error instanceof Error ? error.message : String(error));
  }
}

function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}
