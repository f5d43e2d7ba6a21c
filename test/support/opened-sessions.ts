import { readFileSync } from 'node:fs';

interface OpenedSession {
  readonly peer: string;
  /** `btp-gateway-1`: the process that held that place at the time. */
  readonly gateway: string;
}

const OPENED = /"instance":"(btp-gateway-\d+)-[0-9a-f]{8}".*"peer":"([^"]+)".*"msg":"session open"/;

/** Every session that a gateway has opened since the start, oldest first, as the connector's log tells. */
export function openedSessions(logFile: string): OpenedSession[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, gateway, peer] = OPENED.exec(line) ?? [];
      return gateway === undefined || peer === undefined ? [] : [{ gateway, peer }];
    });
}

/** Where the latest session of the peer was opened. */
export function gatewayOf(logFile: string, peer: string): string | undefined {
  return openedSessions(logFile).findLast((session) => session.peer === peer)?.gateway;
}
