import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudEvent } from '#contracts';
import { ledgerOpened } from '#testing';
import { FeedUnavailableError, HttpEventFeed } from './http-event-feed';
import { UnreadableCloudEventError } from './log-event';
import { MemoryLog } from './test/memory-log';

let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const feed = (more: { timeoutMs?: number } = {}) =>
  new HttpEventFeed({ url, token: 'secret', pageEvents: 50, ...more });

describe('the feed over HTTP', () => {
  test('reads pages of a partition and of a ledger, and the heads', async () => {
    const [event] = new MemoryLog().append(7, 'alice', ledgerOpened());
    if (event === undefined) throw new Error('nothing was appended');
    const asked: unknown[] = [];
    answer = (request, response) => {
      asked.push([request.url, request.headers.authorization]);
      const isHeads = request.url?.includes('heads') === true;
      const events = `"events":[${cloudEvent('spec', event)}],"more":true,`;
      response.end(`{${isHeads ? '' : events}"asOf":{"7":1,"9":0}}`);
    };
    const asOf = new Map([
      [7, 1],
      [9, 0],
    ]);
    const page = { events: [expect.objectContaining({ id: 'alice:1' })], asOf, more: true };
    expect(await feed().partition(7, 0)).toEqual(page);
    expect(await feed().ledger('alice', 3)).toEqual(page);
    expect(await feed().heads()).toEqual(asOf);
    expect(asked).toEqual([
      ['/api/events?partition=7&after=0&limit=50', 'Bearer secret'],
      ['/api/events?ledger=alice&after=3&limit=50', 'Bearer secret'],
      ['/api/events/heads', 'Bearer secret'],
    ]);
  });

  test.each([
    ['is refused', 401, '{}'],
    ['has an error', 500, '{}'],
    ['gets no JSON', 200, '<html>'],
    ['gets something else', 200, '{"events":"none"}'],
    ['gets no positions', 200, '{"asOf":{"x":1}}'],
  ])('says so when it %s', async (_what, status, text) => {
    answer = (_request, response) => {
      response.writeHead(status).end(text);
    };
    await expect(feed().heads()).rejects.toBeInstanceOf(FeedUnavailableError);
    await expect(feed().partition(1, 0)).rejects.toBeInstanceOf(FeedUnavailableError);
  });

  test('says so when what it gets are no events of a ledger', async () => {
    answer = (_request, response) => {
      response.end('{"events":[{"id":"x"}],"asOf":{},"more":false}');
    };
    await expect(feed().partition(1, 0)).rejects.toBeInstanceOf(UnreadableCloudEventError);
  });

  test('does not wait for ever, and leaves off when told to', async () => {
    answer = () => undefined;
    await expect(feed({ timeoutMs: 50 }).heads()).rejects.toBeInstanceOf(FeedUnavailableError);
    const stop = new AbortController();
    const asking = feed().heads(stop.signal);
    stop.abort();
    await expect(asking).rejects.toBeInstanceOf(FeedUnavailableError);
    const nowhere = new HttpEventFeed({ url: 'http://127.0.0.1:1', token: 'x' });
    await expect(nowhere.heads()).rejects.toBeInstanceOf(FeedUnavailableError);
  });
});
