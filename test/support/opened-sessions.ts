import { readFileSync } from 'node:fs';

interface OpenedSession {
  readonly peer: string;
  /** `btp-gateway-1`: the process that held that place at the time. */
  readonly gateway: string;
  /** The same with a name that no later process of that place has. */
  readonly process: string;
}

const OPENED =
  /"instance":"((btp-gateway-\d+)-[0-9a-f]{8})".*"peer":"([^"]+)".*"msg":"session open"/;

/** Every session that a gateway has opened since the start, oldest first, as the connector's log tells. */
export function openedSessions(logFile: string): OpenedSession[] {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, process, gateway, peer] = OPENED.exec(line) ?? [];
      if (process === undefined || gateway === undefined || peer === undefined) return [];
      return [{ process, gateway, peer }];
    });
}

/** The latest session of the peer. */
export function latestSession(logFile: string, peer: string): OpenedSession | undefined {
  return openedSessions(logFile).findLast((session) => session.peer === peer);
}
