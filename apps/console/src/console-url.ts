import type { AddressInfo } from 'node:net';
import type { INestApplicationContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** Where the HTTP API can be reached, with the port that was taken. */
export function consoleUrl(app: INestApplicationContext): string {
  const server = app.get(HttpAdapterHost).httpAdapter.getHttpServer() as { address(): AddressInfo };
  const { address, family, port } = server.address();
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
