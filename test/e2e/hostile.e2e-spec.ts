import { randomBytes, randomUUID } from 'node:crypto';
import {
  CONTENT_TYPE,
  authMessage,
  conditionOf,
  encodeBtp,
  type BtpAnswer,
  type BtpMessage,
  type BtpPrepare,
  type BtpRequest,
} from '#protocol';
import { disagreements, surprises } from '../../apps/causeway/src/demo/reckoning';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { RawPeer } from '../support/raw-peer';
import { QUICK_RECONNECT, RunningConnector } from '../support/running-connector';

/** Longer than anybody stands still. */
const AUTH_WAIT_MS = 6_000;
const LARGEST_FRAME = 65_536;
/** No payment may run out because somebody stood still. */
const MAX_HOLD_MS = 60_000;
const EXPIRES_IN_MS = 50_000;
const TEST_MS = 180_000;
/** What is compared with a shadow's authority at intervals is nobody's doing. */
const HAPPENED =
  "select count(*)::int as events from ledger_events where type <> 'BalanceCompared'";
const TOKEN = tokenOf('mallory');

const mallory = dialsUs('mallory', { limit: 1_000n });

function prepare(requestId: number, amount: bigint): BtpPrepare {
  return {
    type: 'prepare',
    requestId,
    transferId: randomUUID(),
    amount,
    executionCondition: conditionOf(randomBytes(32)),
    expiresAtMs: Date.now() + 5000,
    protocolData: [],
  };
}

function errorName(answer: BtpAnswer): string {
  return answer.type === 'error' ? answer.name : answer.type;
}

/** Frames that do not read as BTP, most of them nearly. */
function unreadableFrames(): Buffer[] {
  const whole = encodeBtp(prepare(1, 5n));
  const cut = Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length));
  const unknownType = Buffer.from(whole);
  unknownType[0] = 9;
  const liesAboutItsLength = Buffer.from('0300000001847fffffff00', 'hex');
  const tooManyEntries = Buffer.from('06000000010302ffff', 'hex');
  const lengthNotShortest = Buffer.from('060000000181020100', 'hex');
  const noise = Array.from({ length: 30 }, () => randomBytes(1 + Math.floor(Math.random() * 400)));
  return [...cut, unknownType, liesAboutItsLength, tooManyEntries, lengthNotShortest, ...noise];
}

/** As many as a socket may waste before it is cut off, and fewer. */
const PORTION = 12;
const CUT_OFF = 1006;

function inPortions(frames: readonly Buffer[]): Buffer[][] {
  const count = Math.ceil(frames.length / PORTION);
  return Array.from({ length: count }, (_, index) =>
    frames.slice(index * PORTION, (index + 1) * PORTION),
  );
}

describe('hostile frames at the door of a running connector', () => {
  let running: RunningConnector;
  let url: string;

  beforeAll(async () => {
    const settings = {
      connector: { maxHoldTimeMs: MAX_HOLD_MS },
      limits: { authWaitMs: AUTH_WAIT_MS, ...QUICK_RECONNECT },
    };
    running = await RunningConnector.start(settings, [mallory]);
    url = running.network.connector.ready.btp;
  }, TEST_MS);

  afterAll(async () => {
    await running.stop();
  });

  it(
    'disturb no payment of others',
    async () => {
      let isPaid = false;
      const round = { there: 100, back: 20, window: 8, delayMs: 50, expiresInMs: EXPIRES_IN_MS };
      const paying = running.pay(round).finally(() => (isPaid = true));
      const [made] = await Promise.all([paying, attackUntil(() => isPaid, url)]);
      expect(surprises(made)).toEqual([]);
      expect(disagreements(await running.reckonings())).toEqual([]);
    },
    TEST_MS,
  );

  describe('leave the log as it was', () => {
    let eventsBefore: number;

    beforeAll(async () => {
      eventsBefore = await happened();
      expect(eventsBefore).toBeGreaterThan(100);
    });

    afterEach(async () => {
      expect(await happened()).toBe(eventsBefore);
    });

    async function happened(): Promise<number> {
      const [row] = await running.query(HAPPENED);
      return Number(row?.events);
    }

    describe('from somebody unknown', () => {
      it.each<[string, () => (Buffer | string)[][]]>([
        ['noise and broken frames', () => inPortions(unreadableFrames())],
        ['text', () => [['hello', '{"method":"broadcast_routes"}', '']]],
        ['silence', () => [[]]],
      ])('%s are not answered, and the socket is closed', async (_, portions) => {
        const visits = portions().map(async (frames) => {
          const peer = await RawPeer.connect(url);
          const began = Date.now();
          for (const frame of frames) peer.send(frame);
          await peer.closed;
          expect(Date.now() - began).toBeGreaterThan(AUTH_WAIT_MS / 2);
          expect(peer.answers).toEqual([]);
        });
        await Promise.all(visits);
      });

      it('who sends nothing else is cut off before its time', async () => {
        const peer = await RawPeer.connect(url);
        for (const frame of unreadableFrames()) peer.send(frame);
        expect(await peer.closed).toBe(CUT_OFF);
        expect(peer.answers).toEqual([]);
      });

      it.each<[string, () => BtpRequest, string]>([
        ['a Prepare', () => prepare(7, 5n), 'InvalidFieldsError'],
        ['a question', () => message(7, 'balance'), 'InvalidFieldsError'],
        ['a wrong token', () => authMessage(7, '', 'a-guess'), 'NotAcceptedError'],
        ['a token under another name', () => authMessage(7, 'mallory', TOKEN), 'NotAcceptedError'],
        ['an auth without entries', () => message(7, 'auth'), 'InvalidFieldsError'],
      ])('%s is refused, and the socket is closed', async (_, request, name) => {
        const peer = await RawPeer.connect(url);
        expect(errorName(await peer.request(request()))).toBe(name);
        await peer.closed;
      });

      it('a frame larger than the limit closes the socket with 1009', async () => {
        const peer = await RawPeer.connect(url);
        peer.send(Buffer.alloc(LARGEST_FRAME + 1));
        expect(await peer.closed).toBe(1009);
      });
    });

    describe('from a peer who is let in', () => {
      let peer: RawPeer;

      beforeEach(async () => {
        peer = await RawPeer.authenticated(url, TOKEN);
      });

      afterEach(async () => {
        await peer.close();
      });

      it('unreadable ones are passed over, and it is served after them as before', async () => {
        for (const frame of unreadableFrames().slice(0, -30)) peer.send(frame);
        peer.send('text');
        expect((await peer.request(message(99, 'balance'))).type).toBe('response');
        expect(peer.answers.map(({ requestId }) => requestId)).toEqual([1, 99]);
      });

      it('a frame larger than the limit closes the socket with 1009', async () => {
        peer.send(Buffer.alloc(LARGEST_FRAME + 1));
        expect(await peer.closed).toBe(1009);
      });

      it.each<[string, (id: number) => BtpRequest, string]>([
        ['of nothing', (id) => prepare(id, 0n), 'InvalidFieldsError'],
        ['above the limit', (id) => prepare(id, 1001n), 'InsufficientBalanceError'],
        ['of 2^64 - 1', (id) => prepare(id, 2n ** 64n - 1n), 'InsufficientBalanceError'],
      ])('a Prepare %s is refused', async (_, request, name) => {
        expect(errorName(await peer.request(request(peer.nextId())))).toBe(name);
      });

      it("another peer's transfers are not found", async () => {
        const [row] = await running.query(
          "select transfer_id::text as id from ledger_events where ledger_id = 'alice' and transfer_id is not null limit 1",
        );
        const transferId = String(row?.id);
        const fulfillment = randomBytes(32);
        const requestId = peer.nextId();
        const fulfill = {
          type: 'fulfill',
          requestId,
          transferId,
          fulfillment,
          protocolData: [],
        } as const;
        expect(errorName(await peer.request(fulfill))).toBe('TransferNotFoundError');
        const reject = {
          type: 'reject',
          requestId: peer.nextId(),
          transferId,
          protocolData: [],
        } as const;
        expect(errorName(await peer.request(reject))).toBe('TransferNotFoundError');
      });

      it('answers to questions that nobody asked are passed over', async () => {
        for (let requestId = 0; requestId < 50; requestId++) {
          peer.send(encodeBtp({ type: 'response', requestId, protocolData: [] }));
        }
        expect((await peer.request(message(99, 'balance'))).type).toBe('response');
      });

      it('an unknown sub-protocol is refused', async () => {
        expect(errorName(await peer.request(message(peer.nextId(), 'vouch')))).toBe(
          'NotAcceptedError',
        );
      });
    });
  });
});

function message(requestId: number, protocolName: string): BtpMessage {
  const data = Buffer.from([0]);
  const entry = { protocolName, contentType: CONTENT_TYPE.octets, data };
  return { type: 'message', requestId, protocolData: [entry] };
}

/** Once at least. */
async function attackUntil(isOver: () => boolean, url: string): Promise<void> {
  do await attack(url);
  while (!isOver());
}

/** Everything at once, from a peer who is let in and from one who is not. */
async function attack(url: string): Promise<void> {
  const known = await RawPeer.authenticated(url, TOKEN);
  const stranger = await RawPeer.connect(url);
  for (const frame of unreadableFrames()) {
    known.send(frame);
    stranger.send(frame);
  }
  stranger.send(Buffer.alloc(LARGEST_FRAME + 1));
  await stranger.closed;
  await known.request(prepare(known.nextId(), 0n));
  await known.close();
}
