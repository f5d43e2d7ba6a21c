import { decodeIlp, encodeIlp, ilpEntry, ilpError, jsonEntry, octetEntry } from '#protocol';
import { agreed, refused, RequestsKit } from '../../../../test/support/gateway/requests-kit';

const routes = jsonEntry('custom', Buffer.from('{"method":"broadcast_routes","data":{}}'));
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let kit: RequestsKit;

beforeEach(() => {
  kit = new RequestsKit();
});

async function broadcasts(...entries: Parameters<RequestsKit['message']>): Promise<void> {
  kit.message(...entries);
  await settle();
}

describe('a broadcast of routes', () => {
  it('goes to a router as it came, and is answered without a word when that accepts it', async () => {
    await broadcasts(routes);
    const { contentType, data } = routes;
    expect(kit.broadcasts).toEqual([
      { ledgerId: 'alice', peerId: 'alice', carriage: 'custom', contentType, data },
    ]);
    expect(kit.wire.last).toEqual(agreed);
    expect(kit.load.unanswered).toBe(0);
    expect(kit.metrics.requests).toMatchObject({ accepted: 1 });
  });

  it('may be called ccp', async () => {
    await broadcasts(octetEntry('ccp', Buffer.from([1])));
    expect(kit.broadcasts).toMatchObject([{ carriage: 'ccp', contentType: 0 }]);
    expect(kit.wire.last).toEqual(agreed);
  });

  it('that is refused is answered by a Response with an ILP error', async () => {
    kit.broadcastVerdict = { outcome: 'refused', code: 'F00', message: 'no valid points' };
    await broadcasts(routes);
    expect(kit.wire.last).toMatchObject({ type: 'response', requestId: 5 });
    const error = decodeIlp(kit.entry().data);
    expect(error).toMatchObject({ type: 'error', code: 'F00', triggeredBy: 'test.alice.server' });
    expect('data' in error && error.data.toString()).toContain('no valid points');
    expect(kit.metrics.requests).toMatchObject({ refused: 1 });
  });

  it('may be refused by an ILP error of the router', async () => {
    const by = { triggeredBy: 'test.router', triggeredAtMs: 0, data: 'slowly' };
    const made = encodeIlp(ilpError({ code: 'T05', ...by }));
    kit.broadcastVerdict = { outcome: 'refused', code: 'F00', message: 'no', ilpError: made };
    await broadcasts(routes);
    expect(kit.wire.last.protocolData).toEqual([ilpEntry(made)]);
  });

  it.each([{ outcome: 'busy' }, { outcome: 'unavailable', error: new Error('no') }] as const)(
    'that nobody reads now is refused for now: %j',
    async (verdict) => {
      kit.broadcastVerdict = verdict;
      await broadcasts(routes);
      expect(kit.wire.last).toMatchObject(refused('UnreachableError'));
      expect(kit.load.unanswered).toBe(0);
    },
  );

  it('counts as a request that waits for its answer', async () => {
    kit.message(routes);
    expect(kit.load.unanswered).toBe(1);
    await settle();
    expect(kit.load.unanswered).toBe(0);
  });

  it('is none beside an ILP packet, or when it is another method', async () => {
    await broadcasts(ilpEntry(Buffer.from([6, 0])), routes);
    await broadcasts(jsonEntry('custom', Buffer.from('{"method":"other"}')));
    expect(kit.broadcasts).toEqual([]);
    expect(decodeIlp(kit.entry().data)).toMatchObject({ type: 'error', code: 'F00' });
  });
});
