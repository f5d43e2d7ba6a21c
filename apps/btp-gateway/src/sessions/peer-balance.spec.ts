import {
  alphaBalanceEntry,
  balanceEntry,
  btpError,
  type ProtocolData,
  SUB_PROTOCOL,
  textEntry,
} from '#protocol';
import type { HotMessage } from '#contracts';
import { RequestsKit } from '../../../../test/support/gateway/requests-kit';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import type { BtpVersion } from '../peer-directory';
import { PeerBalance } from './peer-balance';

/** Asks the peer for its balance on behalf of the owner's question 7. */
class BalanceKit extends RequestsKit {
  readonly heard: object[] = [];

  constructor(btpVersion: BtpVersion) {
    super({}, undefined, btpVersion);
    const { session, link, log } = this;
    const parts = { session, ledgerId: 'alice', ownerSubject: 'owner', link, log, btpVersion };
    const hear = (said: object): number => this.heard.push(said);
    new PeerBalance({ ...parts, hear }).ask(7);
  }

  async hears(...protocolData: ProtocolData[]): Promise<readonly HotMessage[]> {
    const { requestId } = this.wire.last;
    this.receive({ type: 'response', requestId, protocolData });
    return this.passedOn();
  }

  async passedOn(): Promise<readonly HotMessage[]> {
    await new Promise(setImmediate);
    return this.link.sent.map(({ message }) => message);
  }
}

const told = (balance: bigint): object[] => [
  { kind: 'peer-balance', ledgerId: 'alice', reference: 7, balance },
];

describe('the balance of a peer', () => {
  it.each([-1_000n, 0n, 1_000n, -(2n ** 63n)])(
    'is in BTP/1.0 what it says of itself: %s',
    async (balance) => {
      const kit = new BalanceKit('BTP/1.0');
      expect(await kit.hears(balanceEntry(balance))).toEqual(told(balance));
      expect(kit.heard).toEqual([{ balance: balance.toString() }]);
    },
  );

  it.each([
    [1n, -1n],
    [1_000n, -1_000n],
    [2n ** 63n, -(2n ** 63n)],
    [2n ** 64n - 1n, 1n - 2n ** 64n],
  ])('is in BTP/alpha minus what it says of us: %s', async (ours, peers) => {
    const kit = new BalanceKit('BTP/alpha');
    expect(kit.wire.frames[0]?.[0]).toBe(7);
    expect(await kit.hears(alphaBalanceEntry(ours))).toEqual(told(peers));
  });

  it('is not known from a 0 in BTP/alpha, which any debt of ours may be', async () => {
    const kit = new BalanceKit('BTP/alpha');
    expect(await kit.hears(alphaBalanceEntry(0n))).toEqual([]);
    expect(kit.heard).toEqual([]);
    expect(kit.log.lines).toEqual([]);
  });

  it.each<[string, ProtocolData[]]>([
    ['nothing', []],
    ['something else', [textEntry('info', 'test.alice.client')]],
    [
      'too few bytes',
      [{ protocolName: SUB_PROTOCOL.balance, contentType: 0, data: Buffer.alloc(7) }],
    ],
  ])('is not known from %s, and that is said once', async (_, entries) => {
    const kit = new BalanceKit('BTP/alpha');
    expect(await kit.hears(...entries)).toEqual([]);
    expect(kit.log.messages('warn')).toHaveLength(1);
  });

  it('is not known from an Error either', async () => {
    const kit = new BalanceKit('BTP/alpha');
    const { requestId } = kit.wire.last;
    const refusal = { requestId, name: 'NotAcceptedError', message: 'no' } as const;
    kit.receive(btpError({ ...refusal, triggeredAtMs: START_MS }));
    expect(await kit.passedOn()).toEqual([]);
    expect(kit.log.messages('warn')).toHaveLength(1);
  });
});
