import { z } from 'zod';

/** Longer than the console itself waits for a ledger. */
const ANSWER_WITHIN_MS = 15_000;

/** The console cannot be reached, or cannot reach the ledger: nobody has decided on the order. */
export class ConsoleUnreachableError extends Error {
  override readonly name = 'ConsoleUnreachableError';
}

/** The console, or the ledger behind it, says no. */
export class ConsoleRefusalError extends Error {
  override readonly name = 'ConsoleRefusalError';

  constructor(
    message: string,
    /** The answer as it came, for whoever reads JSON. */
    readonly answer: unknown,
  ) {
    super(message);
  }
}

/** Errors of orders are `{ error: { message } }`, others `{ message }`. */
const failure = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ message: z.string() }).transform(({ message }) => message),
]);

type Method = 'GET' | 'POST' | 'PUT';

interface Sent {
  /** Behind the question mark. */
  readonly search?: string;
  readonly body?: object;
  readonly withinMs?: number;
}

/** The operator's HTTP API, as the command line uses it. */
export class ConsoleClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @throws ConsoleUnreachableError, ConsoleRefusalError */
  get(path: readonly string[], query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const search = new URLSearchParams(query).toString();
    return this.ask('GET', path, { search });
  }

  /** @throws ConsoleUnreachableError, ConsoleRefusalError */
  post(path: readonly string[], body: object, withinMs = ANSWER_WITHIN_MS): Promise<unknown> {
    return this.ask('POST', path, { body, withinMs });
  }

  /** @throws ConsoleUnreachableError, ConsoleRefusalError */
  put(path: readonly string[], body: object): Promise<unknown> {
    return this.ask('PUT', path, { body, withinMs: ANSWER_WITHIN_MS });
  }

  private async ask(method: Method, path: readonly string[], sent: Sent): Promise<unknown> {
    const response = await this.send(method, path, sent);
    const answer = await this.read(response);
    if (response.ok) return answer;
    const said = failure.safeParse(answer);
    const message = said.data ?? `the console answered ${response.status}`;
    if (response.status >= 500) throw new ConsoleUnreachableError(message);
    throw new ConsoleRefusalError(
      response.status === 401 ? `the console at ${this.url} does not know this token` : message,
      answer,
    );
  }

  private async send(
    method: Method,
    path: readonly string[],
    { search = '', body, withinMs = ANSWER_WITHIN_MS }: Sent,
  ): Promise<Response> {
    const url = new URL(`/api/${path.map(encodeURIComponent).join('/')}`, this.url);
    url.search = search;
    const headers = {
      authorization: `Bearer ${this.token}`,
      'content-type': 'application/json',
    };
    const request = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const signal = AbortSignal.timeout(withinMs);
    try {
      return await fetch(url, { ...request, headers, signal });
    } catch (error) {
      throw this.unreachable(reasonOf(error));
    }
  }

  private async read(response: Response): Promise<unknown> {
    try {
      return await response.json();
    } catch {
      throw this.unreachable(`it answers ${response.status}, and not like a console`);
    }
  }

  private unreachable(why: string): ConsoleUnreachableError {
    return new ConsoleUnreachableError(`the console at ${this.url} cannot be reached: ${why}`);
  }
}

/** `fetch` hides why it failed in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error && cause.message !== '') return cause.message;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
