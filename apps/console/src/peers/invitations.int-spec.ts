import { readInvitation } from '#domain/peering';
import { digestOf, PeersStage } from '../../test/peers-stage';

let stage: PeersStage;
beforeAll(async () => {
  stage = await PeersStage.open();
});
beforeEach(() => stage.begin());
afterAll(() => stage.close());

const invite = {
  id: 'erin',
  currencyCode: 'usd',
  currencyScale: 9,
  prefix: 'test.erin.',
  maxBalance: '1000',
};

describe('an invitation', () => {
  it('is a fresh token, an open ledger and a peer on record, whose token is shown this once', async () => {
    const { status, body } = await stage.post('/invitations', invite);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      outcome: 'added',
      event: 'PeerAdded',
      peer: { peer: 'erin', socket: 'server', authority: 'admin', address: null },
    });
    const { line, invitation: members } = body as { line: string; invitation: object };
    const read = readInvitation(line);
    expect(readInvitation(JSON.stringify(members))).toEqual(read);
    expect(read).toMatchObject({
      mode: 'asymmetric',
      btpVersion: 'BTP/1.0',
      currencyCode: 'USD',
      currencyScale: 9,
      uri: { scheme: 'wss', host: 'us.example', path: '/btp', username: '' },
    });
    const { token } = read.uri;
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(stage.opened).toEqual([
      {
        ledgerId: 'erin',
        prefix: 'test.erin.',
        currencyCode: 'USD',
        currencyScale: 9,
        account: 'server',
        peerAccount: 'client',
        authority: 'admin',
        maxBalance: '1000',
        minBalance: null,
      },
    ]);
    expect(await stage.announcedTimes(1)).toBe(true);
    const log = await stage.logged();
    expect(log.at(-1)).toMatchObject({
      ledger_id: '_connector',
      type: 'PeerAdded',
      payload: { by: 'carol', peer: { id: 'erin' } },
    });
    const later = JSON.stringify([log, await stage.get(), await stage.get('/erin')]);
    for (const secret of [token, digestOf(token)]) expect(later).not.toContain(secret);
    expect(await stage.credentials('erin')).toEqual([
      { token_sha256: digestOf(token), token: null, uri: null },
    ]);
  });

  it('to keep the ledger together says so', async () => {
    const both = { ...invite, id: 'erin-2', prefix: 'test.erin2.', mode: 'symmetric' };
    const { body } = await stage.post('/invitations', { ...both, maxBalance: null });
    expect(body).toMatchObject({ invitation: { mode: 'symmetric' } });
    expect(stage.opened).toMatchObject([
      { authority: 'symmetric', account: 'server', peerAccount: 'client', maxBalance: null },
    ]);
  });

  it('to BTP/alpha leads below the path for it, with a name', async () => {
    const alpha = { ...invite, id: 'erin-3', prefix: 'test.erin3.', btpVersion: 'BTP/alpha' };
    const { body } = await stage.post('/invitations', alpha);
    const { line } = body as { line: string };
    expect(readInvitation(line).uri).toMatchObject({ path: '/btp/alpha', username: 'erin-3' });
  });

  it('has every token but once', async () => {
    const tokens = new Set<string>();
    for (const id of ['erin-4', 'erin-5']) {
      const { body } = await stage.post('/invitations', { ...invite, id, prefix: `test.${id}.` });
      tokens.add(readInvitation((body as { line: string }).line).uri.token);
    }
    expect(tokens.size).toBe(2);
  });

  it('that is made twice at once opens one ledger, with the limits of the one that counts', async () => {
    const frank = { ...invite, id: 'frank', prefix: 'test.frank.' };
    const answers = await Promise.all(
      ['1', '2', '3'].map((maxBalance) => stage.post('/invitations', { ...frank, maxBalance })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const [counts] = (await stage.logged()).slice(-1);
    expect(stage.opened).toHaveLength(1);
    expect(counts).toMatchObject({
      payload: {
        peer: {
          id: 'frank',
          ledger: { maxBalance: (stage.opened[0] as { maxBalance: string }).maxBalance },
        },
      },
    });
  });

  it('adds nothing when the ledger cannot be opened', async () => {
    const before = await stage.everything();
    stage.script.opening = { outcome: 'conflict', field: 'prefix', stored: 'x', wanted: 'y' };
    expect(await stage.post('/invitations', { ...invite, id: 'zoe', prefix: 'test.zoe.' })).toEqual(
      {
        status: 409,
        body: {
          error: {
            kind: 'LedgerConflict',
            message: 'prefix cannot be y: the log has x',
            field: 'prefix',
            rule: 'in-use',
          },
        },
      },
    );
    expect(await stage.everything()).toEqual(before);
    expect(await stage.announcedTimes(0)).toBe(true);
  });
});
