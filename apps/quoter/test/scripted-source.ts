import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody who publishes rates over HTTP, and does whatever the script says. */
export class ScriptedSource {
  /** Requests so far. */
  asked = 0;
  answer: RequestListener = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<ScriptedSource> {
    const server = createServer((request, response) => {
      source.asked += 1;
      source.answer(request, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const source = new ScriptedSource(server, `http://127.0.0.1:${port}/daily`);
    return source;
  }

  /** Answers 200 with this from now on. */
  says(body: string | Buffer, contentType: string): void {
    this.answer = (_, response) => {
      response.writeHead(200, { 'content-type': contentType }).end(body);
    };
  }

  /** The daily sheet of the ECB with this rate of the dollar. */
  saysDollar(rate: string, day = '2026-11-20'): void {
    this.says(ecbSheet([['USD', rate]], day), 'text/xml');
  }

  fails(status = 500): void {
    this.answer = (_, response) => {
      response.writeHead(status).end();
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function ecbSheet(rates: readonly (readonly [string, string])[], day: string): string {
  const cubes = rates.map(([code, rate]) => `<Cube currency='${code}' rate='${rate}'/>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube><Cube time='${day}'>${cubes.join('')}</Cube></Cube>
</gesmes:Envelope>`;
}
