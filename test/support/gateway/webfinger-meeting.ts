import type { LedgerOpenReply } from '#contracts';
import type { PeerSettings } from '#platform';
import type { HostResource } from '#protocol';
import { GatewayUnderTest } from './gateway-under-test';
import { LIMITS, whenParting } from './rpc-meeting';
import { RpcPeer } from './rpc-peer';
import { foundUnder, lookedUp, ScriptedHost } from './scripted-host';

export interface Scene {
  readonly peer?: Partial<PeerSettings>;
  readonly ours?: Parameters<typeof foundUnder>[1];
  /** What the host shows; undefined: the key, and where RPC is spoken. */
  readonly resource?: Partial<HostResource>;
  readonly hostname?: string;
  readonly opening?: () => LedgerOpenReply | 'silence';
  readonly before?: (host: ScriptedHost) => void;
}

/** Our gateway, the host of the second wallet, and where that wallet is called. */
export async function meet(scene: Scene = {}) {
  const host = await ScriptedHost.listen();
  const wallet = await RpcPeer.listen();
  host.shows(scene.resource ?? { peersRpcUri: `http://127.0.0.1:${wallet.port}/rpc` });
  scene.before?.(host);
  const test = await GatewayUnderTest.startAs({
    peers: [lookedUp('wallet2', host.hostname, scene.peer)],
    webfinger: foundUnder(scene.hostname ?? 'wallet1.example', scene.ours),
    limits: { ...LIMITS, repeatInsideMs: 100 },
    prepared: (inside) => {
      if (scene.opening !== undefined) inside.onOpen = scene.opening;
    },
  });
  whenParting(
    () => test.stop(),
    () => host.close(),
    () => wallet.close(),
  );
  return { test, host, wallet };
}
