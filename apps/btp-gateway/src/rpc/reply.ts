import type { ServerResponse } from 'node:http';
import { rpcBody } from '#protocol';

/** Answers an HTTP request once; a caller that is gone hears nothing. */
export function replyJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const body = rpcBody(value);
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length,
      ...headers,
    })
    .end(body);
}
