import { invitationMembers, proposalLine } from '#domain/peering';
import { parseBtpUri } from '#protocol';
import { openNow, PeersStage } from '../../test/peers-stage';

let stage: PeersStage;
beforeAll(async () => {
  stage = await PeersStage.open();
});
beforeEach(() => stage.begin());
afterAll(() => stage.close());

const invitation = {
  uri: parseBtpUri('btp+wss://:secret-of-dave@dave.example/btp'),
  btpVersion: 'BTP/1.0',
  mode: 'asymmetric',
  currencyCode: 'USD',
  currencyScale: 9,
} as const;

describe('an invitation that is accepted', () => {
  it.each([
    ['dave', proposalLine(invitationMembers(invitation))],
    [
      'dave-eur',
      JSON.stringify({
        ...invitationMembers(invitation),
        currencyCode: 'EUR',
        btpUri: 'btp+wss://:s@dave.example:1',
      }),
    ],
  ])('is tried, and the peer %s is on record', async (id, text) => {
    const currencyCode = id === 'dave' ? 'USD' : 'EUR';
    const prefix = `test.${id}.`;
    stage.script.trial = { ...OK, currencyCode, prefix };
    stage.script.standings = [openNow(id)];
    const answer = await stage.post('/acceptances', { invitation: text, id });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        outcome: 'added',
        event: 'PeerAdded',
        peer: { peer: id, socket: 'client', authority: 'shadow' },
        said: { prefix, currencyCode, currencyScale: 9, limit: '1000', balance: '0' },
        session: { state: 'open', lastSeen: '1970-01-01T00:00:01.000Z', gateway: 'gateway-1' },
      },
    });
    expect(stage.tried).toMatchObject([{ id, socket: 'client', authority: 'shadow' }]);
    expect(stage.opened).toEqual([]);
    expect(await stage.announcedTimes(1)).toBe(true);
    expect(JSON.stringify([answer, await stage.logged(), await stage.get()])).not.toMatch(
      /secret-of-dave|:s@/,
    );
  });

  const OK = {
    outcome: 'ok',
    currencyCode: 'USD',
    currencyScale: 9,
    account: 'test.dave.client',
    limit: '1000',
    balance: '0',
  } as const;

  it('with both deciding opens the ledger that it was told of', async () => {
    const uri = parseBtpUri('btp+wss://:t@frank.example');
    const both = invitationMembers({ ...invitation, uri, mode: 'symmetric' });
    stage.script.trial = { ...OK, prefix: 'test.frank.' };
    const order = { invitation: JSON.stringify(both), maxBalance: '5', waitMs: 0 };
    const answer = await stage.post('/acceptances', order);
    expect(answer).toMatchObject({
      status: 200,
      body: { peer: { peer: 'frank-example-usd', authority: 'symmetric' }, session: null },
    });
    expect(stage.opened).toMatchObject([
      {
        ledgerId: 'frank-example-usd',
        prefix: 'test.frank.',
        account: 'client',
        peerAccount: 'server',
        maxBalance: '5',
      },
    ]);
  });

  it('waits for the session, and says how it stands when the time is over', async () => {
    const uri = parseBtpUri('btp+wss://:t@grace.example');
    stage.script.trial = { ...OK, prefix: 'test.grace.' };
    const connecting = { ...openNow('grace'), state: 'connecting', reason: 'dialled' } as const;
    stage.script.standings = [connecting];
    const text = JSON.stringify(invitationMembers({ ...invitation, uri }));
    const order = { invitation: text, id: 'grace', waitMs: 2_000 };
    const { body } = await stage.post('/acceptances', order);
    expect(body).toMatchObject({ session: { state: 'connecting', reason: 'dialled' } });
  });

  it.each<[string, object, object, number, object]>([
    [
      'does not let us in',
      { outcome: 'failed', rule: 'auth', message: 'it says no' },
      {},
      409,
      {
        kind: 'PeerNotReached',
        rule: 'auth',
        message: 'the peer cannot be added (auth): it says no',
      },
    ],
    [
      'counts in another currency',
      { currencyCode: 'EUR' },
      {},
      422,
      { field: 'currencyCode', rule: 'not-as-expected' },
    ],
    [
      'counts with another scale',
      { currencyScale: 2 },
      {},
      422,
      { field: 'currencyScale', rule: 'not-as-expected' },
    ],
    [
      'has another prefix than it was said to have',
      {},
      { prefix: 'test.other.' },
      422,
      { field: 'prefix', rule: 'not-as-expected' },
    ],
    [
      'has a prefix that is ours with somebody else',
      { prefix: 'test.alice.' },
      {},
      409,
      { kind: 'PeerConflict', problems: [{ field: 'prefix' }] },
    ],
  ])('by a peer that %s adds nothing', async (_, said, terms, status, error) => {
    const before = await stage.everything();
    stage.script.trial = { ...OK, prefix: 'test.zoe.', ...said };
    const text = proposalLine(
      invitationMembers({ ...invitation, uri: parseBtpUri('btp+wss://:t@zoe.example') }),
    );
    const answer = await stage.post('/acceptances', { invitation: text, ...terms });
    expect(answer).toMatchObject({ status, body: { error } });
    expect(stage.tried).toHaveLength(1);
    expect(await stage.everything()).toEqual(before);
    expect(stage.opened).toEqual([]);
  });

  it('without a gateway adds nothing, and says that it may be asked again', async () => {
    const before = await stage.everything();
    await stage.gatewayLeaves();
    const uri = parseBtpUri('btp+wss://:t@zoe.example');
    const text = proposalLine(invitationMembers({ ...invitation, uri }));
    const answer = await stage.post('/acceptances', { invitation: text });
    await stage.gatewayComes();
    expect(answer).toMatchObject({ status: 503, body: { error: { kind: 'GatewayUnavailable' } } });
    expect(await stage.everything()).toEqual(before);
  });
});
