import { ilpEntry, infoRequest, numberRequest, readLedgerInfo } from '#protocol';
import { aTransferId } from '#testing';
import {
  fulfill,
  LEDGER,
  prepare,
  refused,
  reject,
  RequestsKit,
  transferId,
} from '../../../../test/support/gateway/requests-kit';

describe('requests that come before the ledger is open', () => {
  it.each([
    [prepare(), 'prepare-payment'],
    [fulfill, 'peer-fulfilled'],
    [reject, 'peer-rejected'],
  ] as const)('wait, and count as of the time when they came: $type', (request, kind) => {
    const kit = new RequestsKit();
    kit.ledger = undefined;
    kit.receive(request);
    expect(kit.wire.sent).toEqual([]);
    expect(kit.link.sent).toEqual([]);
    const cameAtMs = kit.nowMs;
    kit.nowMs += 700;
    kit.openLedger();
    expect(kit.link.all(kind)).toMatchObject([{ receivedAtMs: cameAtMs }]);
  });

  it('are handled in their order, and once', () => {
    const kit = new RequestsKit();
    kit.ledger = undefined;
    kit.receive(fulfill);
    kit.message(infoRequest('full'));
    kit.openLedger();
    kit.openLedger();
    expect(kit.link.all('peer-fulfilled')).toHaveLength(1);
    expect(kit.wire.sent).toHaveLength(1);
  });

  it('are answered at once where they ask what the ledger is to be, and nothing else is', () => {
    const kit = new RequestsKit({}, LEDGER);
    kit.ledger = undefined;
    kit.message(infoRequest('full'));
    expect(readLedgerInfo(kit.entry())).toMatchObject({ prefix: 'test.alice.' });
    kit.message(numberRequest('balance'));
    kit.message(infoRequest('full'), ilpEntry(Buffer.from('quote')));
    expect(kit.wire.sent).toHaveLength(1);
    expect(kit.link.sent).toEqual([]);
    kit.openLedger();
    expect(kit.link.all('balance-asked')).toHaveLength(1);
  });

  it('are turned away with T00 when too many wait', () => {
    const kit = new RequestsKit({ heldUntilOpen: 1 });
    kit.ledger = undefined;
    kit.receive(prepare());
    kit.receive(prepare({ transferId: aTransferId(2) }));
    expect(kit.wire.sent).toMatchObject([refused('UnreachableError')]);
  });
});

describe('requests are turned away with T00', () => {
  const lastMessage = (kit: RequestsKit): string => {
    const { last } = kit.wire;
    return last.type === 'error' ? last.data.toString() : '';
  };

  it('beyond the rate, saying so', () => {
    const kit = new RequestsKit({ requestsPerPeerPerSecond: 1 });
    kit.message(infoRequest('full'));
    kit.receive(prepare());
    expect(lastMessage(kit)).toContain('rate');
    expect(kit.link.sent).toEqual([]);
    expect(kit.metrics.requests['rate-limited']).toBe(1);
  });

  it('beyond the requests in flight, until one is answered', () => {
    const kit = new RequestsKit({ inFlightPerPeer: 1 });
    kit.receive(prepare());
    const reference = kit.reference();
    kit.receive(prepare({ transferId: aTransferId(2) }));
    expect(kit.wire.sent).toMatchObject([refused('UnreachableError')]);
    kit.answer(reference);
    kit.receive(prepare({ transferId: aTransferId(2) }));
    expect(kit.link.all('prepare-payment')).toHaveLength(2);
  });

  it('but not the outcome of a transfer that we sent, which is worth money', () => {
    const kit = new RequestsKit({ requestsPerPeerPerSecond: 1, inFlightPerPeer: 1 });
    kit.receive(prepare());
    kit.outcomes.add(transferId);
    kit.receive(fulfill);
    expect(kit.link.all('peer-fulfilled')).toHaveLength(1);
    kit.receive(fulfill);
    expect(kit.link.all('peer-fulfilled')).toHaveLength(1);
    expect(kit.wire.sent).toMatchObject([refused('UnreachableError')]);
  });

  it('while shutting down, but for outcomes', () => {
    const kit = new RequestsKit();
    kit.isDraining = true;
    kit.receive(prepare());
    kit.message(infoRequest('full'));
    expect(kit.wire.sent).toHaveLength(2);
    expect(kit.wire.sent).toMatchObject([refused('UnreachableError'), refused('UnreachableError')]);
    kit.receive(reject);
    expect(kit.link.all('peer-rejected')).toHaveLength(1);
  });
});
