import type { BtpPeer } from '#testing';
import { CutLine } from '../../../test/support/cut-line';
import { pause, waitFor } from '../../../test/support/gateway/alice';
import type { GatewayUnderTest } from '../../../test/support/gateway/gateway-under-test';
import { dialsUsAs, weDialAt } from '../../../test/support/gateway/peer-documents';
import { REMOVED, RunTimeMeeting } from '../../../test/support/gateway/run-time-meeting';

const met = new RunTimeMeeting();
/** Signs of life as quick as a busy machine allows; as those of several gateways elsewhere. */
const SIGNS = {
  gatewayPresenceMs: 100,
  gatewayGoneAfterMs: 2_000,
  gatewaySettleMs: 1_000,
  confirmSessionMs: 300,
};

let gateways: readonly GatewayUnderTest[];

beforeEach(async () => {
  const first = await met.start({ limits: SIGNS });
  gateways = [first, await first.another()];
  // They know of each other.
  await settle();
});

afterEach(() => met.part());

const sessions = (): number => gateways.reduce((sum, { gateway }) => sum + gateway.sessions(), 0);
const knowers = (id: string): number =>
  gateways.filter((gateway) => gateway.standing(id) !== undefined).length;
/** Time for ten signs of life, also if the machine pauses meanwhile. */
const settle = async (): Promise<void> => {
  for (let sign = 0; sign < 10; sign += 1) await pause(SIGNS.gatewayPresenceMs);
};

async function lineTo(bob: BtpPeer): Promise<{ readonly line: CutLine; readonly uri: string }> {
  const line = await CutLine.to(bob.port);
  met.whenParting(() => line.close());
  return { line, uri: bob.uri.replace(`:${bob.port}`, `:${line.port}`) };
}

it('a peer that is added is dialled by one of two gateways, and by none when it is removed', async () => {
  const bob = await met.listens();
  const { line, uri } = await lineTo(bob);
  met.test.inside.list([weDialAt('bob', uri)]);
  await waitFor(() => sessions() === 1 && knowers('bob') === 2);
  await settle();
  expect(line).toMatchObject({ opened: 1, open: 1 });
  met.test.inside.delist('bob');
  expect(await bob.ended()).toEqual(REMOVED);
  await waitFor(() => knowers('bob') === 0);
  await settle();
  expect(line.opened).toBe(1);
  expect(sessions()).toBe(0);
});

it('a peer whose URI changes is dialled there by one of two gateways', async () => {
  const bob = await met.listens();
  met.test.inside.list([weDialAt('bob', bob.uri)]);
  await waitFor(() => sessions() === 1);
  const moved = await met.listens('new-secret');
  const { line, uri } = await lineTo(moved);
  met.test.inside.list([weDialAt('bob', uri)]);
  await bob.ended();
  await waitFor(() => moved.isConnected && sessions() === 1);
  await settle();
  expect(line.open).toBe(1);
  expect(bob.isConnected).toBe(false);
});

it('a peer that is added attaches to any of two gateways, and is removed from wherever it is', async () => {
  met.test.inside.list([dialsUsAs('carol')]);
  await waitFor(() => knowers('carol') === 2);
  let last: BtpPeer | undefined;
  for (const gateway of gateways) {
    last = await met.attach('carol', 'carol-secret', gateway.url);
    await gateway.becomes('carol', 'open');
  }
  await waitFor(() => sessions() === 1);
  met.test.inside.delist('carol');
  expect(await last?.ended()).toEqual(REMOVED);
  await waitFor(() => knowers('carol') === 0);
  expect(sessions()).toBe(0);
});

it('a gateway that comes later knows whoever was added before', async () => {
  met.test.inside.list([dialsUsAs('carol')]);
  await waitFor(() => knowers('carol') === 2);
  const third = await met.test.another();
  expect(third.standing('carol')?.state).toBe('offline');
  await met.attach('carol', 'carol-secret', third.url);
  await third.becomes('carol', 'open');
});
