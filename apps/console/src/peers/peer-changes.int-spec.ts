import { parseBtpUri } from '#protocol';
import { digestOf, openNow, PeersStage, refusal } from '../../test/peers-stage';

let stage: PeersStage;
beforeAll(async () => {
  stage = await PeersStage.open();
});
beforeEach(() => stage.begin());
afterAll(() => stage.close());

const usd = { currencyCode: 'USD', currencyScale: 9 };
const dave = {
  id: 'dave',
  socket: 'client',
  uri: 'btp+wss://:secret-of-dave@dave.example/btp',
  authority: 'shadow',
  ledger: usd,
};
const wallet = {
  id: 'wallet',
  discovery: 'webfinger',
  hostname: 'wallet.example',
  authority: 'symmetric',
  ledger: { ...usd, maxBalance: '5' },
};

describe('a peer at run time', () => {
  const heidi = {
    id: 'heidi',
    socket: 'server',
    authority: 'admin',
    ledger: { prefix: 'test.heidi.', ...usd, maxBalance: '1' },
  };

  it('is added as in the configuration, and gets a token if it has none', async () => {
    const { status, body } = await stage.post('', { peer: heidi });
    expect(status).toBe(200);
    const { token, uri } = body as { token: string; uri: string };
    expect(parseBtpUri(uri)).toMatchObject({ host: 'us.example', token });
    const given = {
      ...heidi,
      id: 'ivan',
      token: 'given',
      ledger: { ...heidi.ledger, prefix: 'test.ivan.' },
    };
    for (const peer of [dave, wallet]) {
      expect(await stage.post('', { peer })).toMatchObject({ status: 200 });
    }
    const told = await stage.post('', { peer: given });
    expect(told).toMatchObject({ status: 200, body: { peer: { peer: 'ivan' } } });
    expect(told.body).not.toHaveProperty('token');
    expect(await stage.post('', { peer: given })).toMatchObject({
      status: 409,
      body: { error: { kind: 'PeerConflict' } },
    });
  });

  it('presents another token from now on', async () => {
    const { status, body } = await stage.post('/heidi/token', {});
    expect({ status, body }).toMatchObject({ status: 200, body: { event: 'PeerTokenRotated' } });
    const { token } = body as { token: string };
    expect(await stage.credentials('heidi')).toMatchObject([{ token_sha256: digestOf(token) }]);
    expect(JSON.stringify(await stage.logged())).not.toContain(token);
    expect(await stage.announcedTimes(1)).toBe(true);
  });

  it('that we dial is presented another token in its URI', async () => {
    const { body } = await stage.post('/dave/token', { token: 'newer secret' });
    expect(body).toMatchObject({ outcome: 'rotated' });
    expect(await stage.credentials('dave')).toMatchObject([
      { uri: 'btp+wss://:newer%20secret@dave.example/btp' },
    ]);
    expect(JSON.stringify([body, await stage.logged()])).not.toContain('newer');
  });

  it.each<[string, string, object, number, object]>([
    ['it is not there', 'nobody', {}, 404, { kind: 'PeerNotFound' }],
    [
      'it stands in the configuration',
      'alice',
      {},
      409,
      { kind: 'PeerRefused', field: 'id', rule: 'in-configuration' },
    ],
    ['it is dialled, and none is given', 'dave', {}, 422, { problems: [{ field: 'token' }] }],
    [
      'it dials us, and a URI is given',
      'heidi',
      { uri: 'btp+ws://x' },
      422,
      { problems: [{ field: 'uri' }] },
    ],
    [
      'both are given',
      'dave',
      { uri: 'btp+ws://x', token: 'x' },
      422,
      { problems: [{ field: 'uri' }] },
    ],
    [
      'it is half a character',
      'dave',
      { token: '\ud800' },
      422,
      { problems: [{ field: 'token' }] },
    ],
    ['it is somebody else’s', 'heidi', { token: 'given' }, 409, { kind: 'PeerConflict' }],
    [
      'its URI leads elsewhere',
      'dave',
      { uri: 'btp+ws://:x@y.example' },
      422,
      { kind: 'InvalidPeer' },
    ],
    [
      'its URI is none',
      'dave',
      { uri: 'secret' },
      422,
      { kind: 'InvalidPeer', problems: [{ field: 'uri' }] },
    ],
    [
      'it follows from keys',
      'wallet',
      { token: 'x' },
      409,
      { kind: 'PeerRefused', field: 'token', rule: 'derived' },
    ],
  ])('keeps its token when %s', async (_, id, body, status, error) => {
    const before = await stage.everything();
    expect(await stage.post(`/${id}/token`, body)).toMatchObject({ status, body: { error } });
    expect(await stage.everything()).toEqual(before);
    expect(await stage.announcedTimes(0)).toBe(true);
  });

  it('stays while its ledger cannot be closed', async () => {
    const before = await stage.everything();
    stage.script.order = refusal('TransfersOpen');
    expect(await stage.post('/heidi/removal', { reason: 'gone' })).toMatchObject({
      status: 409,
      body: { error: { kind: 'TransfersOpen' } },
    });
    expect(await stage.everything()).toEqual(before);
  });

  it.each<[string, string, object, object, string]>([
    [
      'with its ledger closed',
      'heidi',
      { balance: '-5' },
      { kind: 'close', reason: 'gone', balance: '-5' },
      'closed',
    ],
    [
      'with its ledger kept',
      'ivan',
      { keepLedger: true },
      { kind: 'pause', reason: 'gone' },
      'kept',
    ],
  ])('is removed %s', async (_, id, terms, order, ledger) => {
    const answer = await stage.post(`/${id}/removal`, { reason: 'gone', ...terms });
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'removed', ledger } });
    expect(stage.ordered).toEqual([{ ...order, ledgerId: id, by: 'carol' }]);
    expect((await stage.logged()).at(-1)).toMatchObject({
      type: 'PeerRemoved',
      payload: { peerId: id, reason: 'gone', ledger, by: 'carol' },
    });
    expect(await stage.announcedTimes(1)).toBe(true);
    expect((await stage.get(`/${id}`)).status).toBe(404);
  });

  it('is removed when it never had a ledger', async () => {
    stage.script.order = refusal('LedgerNotFound');
    const answer = await stage.post('/dave/removal', { reason: 'gone' });
    expect(answer).toMatchObject({ status: 200, body: { ledger: 'none' } });
  });

  it.each(['alice', 'nobody'])('of the name %s is not removed', async (id) => {
    const { status } = await stage.post(`/${id}/removal`, { reason: 'gone' });
    expect(status).toBe(id === 'alice' ? 409 : 404);
    expect(stage.ordered).toEqual([]);
  });
});

describe('peers', () => {
  it('are shown wherever they come from, and without anything secret', async () => {
    stage.script.standings = [{ ...openNow('bob'), state: 'failed', reason: 'it says no' }];
    const { body } = await stage.get();
    expect(body).toMatchObject({ gateways: 1 });
    const { peers } = body as { peers: { peer: string }[] };
    expect(peers.map(({ peer }) => peer)).toEqual(peers.map(({ peer }) => peer).sort());
    const of = (id: string) => peers.find(({ peer }) => peer === id);
    expect(of('alice')).toMatchObject({
      origin: 'configuration',
      addedBy: null,
      discovery: 'btp',
      transport: 'btp',
      socket: 'server',
      session: null,
      ledger: null,
    });
    expect(of('bob')).toMatchObject({
      address: 'ws://bob.example:9002',
      session: { state: 'failed', reason: 'it says no', heard: { prefix: 'test.dave.' } },
    });
    expect(of('wallet')).toMatchObject({ origin: 'operator', addedBy: 'carol' });
    expect(JSON.stringify(body)).not.toMatch(/secret/);
    expect((await stage.get('/bob')).body).toMatchObject({ gateways: 1, peer: { peer: 'bob' } });
  });

  it('are shown when no gateway answers', async () => {
    await stage.gatewayLeaves();
    const { status, body } = await stage.get();
    await stage.gatewayComes();
    expect(status).toBe(200);
    expect(body).toMatchObject({ gateways: 0 });
  });

  it('that there are not are not found', async () => {
    expect(await stage.get('/nobody')).toMatchObject({
      status: 404,
      body: { error: { kind: 'PeerNotFound' } },
    });
  });
});
