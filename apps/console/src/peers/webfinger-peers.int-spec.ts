import { openNow, PeersStage, PUBLIC_KEY } from '../../test/peers-stage';

let stage: PeersStage;
beforeAll(async () => {
  stage = await PeersStage.open();
});
beforeEach(() => stage.begin());
afterAll(() => stage.close());

describe('a peer that is found by its host', () => {
  const found = { discovery: 'webfinger', currencyCode: 'USD', currencyScale: 9 };
  const theirs = { intent: 'peer', hostname: 'wallet2.example', ...found };
  const agreeing = { agree: true, ...found };

  it('is proposed to, once, and added by its answer', async () => {
    const proposal = {
      hostname: 'https://Wallet1.example/',
      currencyCode: 'usd',
      currencyScale: 9,
    };
    const first = await stage.post('/proposals', proposal);
    expect(first).toMatchObject({
      status: 200,
      body: {
        event: 'PeeringProposed',
        hostname: 'wallet1.example',
        proposal: { ...theirs, hostname: 'us.example' },
      },
    });
    expect(await stage.post('/proposals', proposal)).toEqual(first);
    expect((await stage.get()).body).toMatchObject({
      proposals: [{ hostname: 'wallet1.example', currencyCode: 'USD', by: 'carol' }],
    });

    const answer = JSON.stringify({ ...agreeing, hostname: 'wallet1.example' });
    const before = await stage.everything();
    const other = { answer: answer.replace('USD', 'EUR'), maxBalance: '5', waitMs: 0 };
    expect(await stage.post('/confirmations', other)).toMatchObject({
      status: 422,
      body: { error: { kind: 'InvalidProposal', field: 'currencyCode', rule: 'differs' } },
    });
    expect(await stage.everything()).toEqual(before);

    stage.script.standings = [openNow('wallet1-example-usd')];
    expect(await stage.post('/confirmations', { answer, maxBalance: '5' })).toMatchObject({
      status: 200,
      body: {
        peer: { peer: 'wallet1-example-usd', discovery: 'webfinger', address: 'wallet1.example' },
        publicKey: PUBLIC_KEY,
        session: { state: 'open' },
      },
    });
    expect(stage.lookedUp).toEqual(['wallet1.example']);
    expect((await stage.get()).body).toMatchObject({ proposals: [] });
    expect(await stage.post('/confirmations', { answer, maxBalance: '5' })).toMatchObject({
      status: 422,
      body: { error: { field: 'hostname', rule: 'not-proposed' } },
    });
  });

  it('that proposes is looked up, added and answered', async () => {
    const proposal = JSON.stringify(theirs);
    const before = await stage.everything();
    const underAnotherName = await stage.post('/agreements', { proposal, maxBalance: '5' });
    expect(underAnotherName).toMatchObject({
      status: 409,
      body: { error: { kind: 'PeerConflict', problems: [{ field: 'publicKey' }] } },
    });
    expect(await stage.everything()).toEqual(before);

    const publicKey = 'oUIDbWnsORM624XKxEkwa3nqf5mqUfdxCVmAzTBgizo';
    stage.script.found = { outcome: 'found', publicKey };
    const answer = await stage.post('/agreements', { proposal, maxBalance: '5' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        peer: { peer: 'wallet2-example-usd' },
        answer: { agree: true, hostname: 'us.example', currencyCode: 'USD', currencyScale: 9 },
      },
    });
    expect((await stage.logged()).at(-1)).toMatchObject({
      type: 'PeerAdded',
      payload: {
        peer: {
          hostname: 'wallet2.example',
          publicKey,
          authority: 'symmetric',
        },
      },
    });
    expect(await stage.announcedTimes(1)).toBe(true);
    expect(await stage.post('/agreements', { proposal, maxBalance: '5', id: 'w2' })).toMatchObject({
      status: 409,
      body: { error: { kind: 'PeerConflict', problems: [{ field: 'hostname' }] } },
    });
  });

  it.each<[string, object, object]>([
    [
      'is not found',
      { outcome: 'failed', rule: 'not-found', message: 'no such host' },
      {
        kind: 'HostNotFound',
        rule: 'not-found',
        message: 'the host cannot be peered with (not-found): no such host',
      },
    ],
    [
      'shows a key that is none',
      { outcome: 'found', publicKey: 'abcd' },
      { kind: 'HostNotFound', rule: 'wrong-length' },
    ],
  ])('that %s is not added', async (_, found, error) => {
    const before = await stage.everything();
    stage.script.found = found as typeof stage.script.found;
    const proposal = JSON.stringify({ ...theirs, hostname: 'zoe.example' });
    const answer = await stage.post('/agreements', { proposal, maxBalance: '5' });
    expect(answer).toMatchObject({ status: 409, body: { error } });
    expect(await stage.everything()).toEqual(before);
  });
});
