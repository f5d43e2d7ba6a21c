import { randomBytes } from 'node:crypto';
import { ConnectorUnderTest } from '../../test/support/connector-under-test';
import { openPeer } from '../open-peer';

export interface Crowd {
  readonly sender: string;
  readonly receiver: string;
  readonly newcomer: string;
  readonly idle: readonly string[];
}

const MANY = 1_000_000;

export function makeCrowd(idle: number): Crowd {
  const token = (): string => randomBytes(16).toString('hex');
  return {
    sender: token(),
    receiver: token(),
    newcomer: token(),
    idle: Array.from({ length: idle }, token),
  };
}

/** A peer for each token, beside which as much is let through as one can send. */
export function startCrowded(
  crowd: Crowd,
  limits: Readonly<Record<string, number>>,
): Promise<ConnectorUnderTest> {
  const idle = crowd.idle.map((token, number) => openPeer(`idle-${number}`, token));
  return ConnectorUnderTest.start({
    connector: { address: 'test.bench' },
    limits: { requestsPerPeerPerSecond: MANY, inFlightPerPeer: MANY, ...limits },
    log: { level: 'warn' },
    peers: [
      openPeer('sender', crowd.sender),
      openPeer('receiver', crowd.receiver),
      openPeer('newcomer', crowd.newcomer),
      ...idle,
    ],
  });
}

/** @throws Error if there is none */
export function gatewayPid(connector: ConnectorUnderTest): number {
  const gateway = connector.processes().find(({ service }) => service === 'btp-gateway');
  if (gateway === undefined) throw new Error('no gateway is running');
  return gateway.pid;
}
