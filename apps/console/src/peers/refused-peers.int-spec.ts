import { PeersStage } from '../../test/peers-stage';

const PROPOSED_TO = 'wallet1.example';

let stage: PeersStage;
let before: unknown;
beforeAll(async () => {
  stage = await PeersStage.open();
  const proposal = { hostname: PROPOSED_TO, currencyCode: 'USD', currencyScale: 9 };
  await stage.post('/proposals', proposal);
  before = await stage.everything();
});
beforeEach(() => stage.begin());
afterAll(() => stage.close());

interface Refusal {
  readonly status: number;
  readonly kind: string;
  readonly field: string;
  readonly rule: string | RegExp;
}
type Row<Body = object> = [
  name: string,
  body: Body,
  refusal: Partial<Refusal> & { readonly field: string },
];

interface Failure {
  readonly kind: string;
  readonly message: string;
  readonly field?: string;
  readonly rule?: string;
  readonly problems?: readonly { readonly field: string; readonly rule: string }[];
}

/** Whatever is wrong is named, nothing happens, and nothing of a token is said. */
async function refuses(path: string, body: unknown, refusal: Row[2]): Promise<void> {
  const { status = 422, kind = 'InvalidOrder', field, rule = /./ } = refusal;
  const answer = await stage.post(path, body);
  const { error } = answer.body as { error: Failure };
  const problems = error.problems ?? [{ field: error.field, rule: error.rule }];
  expect({ status: answer.status, kind: error.kind, problems }).toEqual({
    status,
    kind,
    problems: [{ field, rule: expect.stringMatching(rule) as unknown }],
  });
  expect(error.message).toContain(field);
  expect(JSON.stringify(answer)).not.toContain('sesame');
  expect({ opened: stage.opened, tried: stage.tried, lookedUp: stage.lookedUp }).toEqual({
    opened: [],
    tried: [],
    lookedUp: [],
  });
  expect(await stage.everything()).toEqual(before);
  expect(await stage.announcedTimes(0)).toBe(true);
}

const FORMS: readonly Row<unknown>[] = [
  ['a list', [], { field: 'body', rule: 'must be a JSON object' }],
  [
    'what is no JSON',
    '{"token": sesame',
    { status: 400, kind: 'UnreadableBody', field: 'body', rule: 'must be a JSON object' },
  ],
  ['a number', '7', { status: 400, kind: 'UnreadableBody', field: 'body' }],
  [
    'a book',
    { by: 'x'.repeat(70_000) },
    { status: 413, kind: 'UnreadableBody', field: 'body', rule: 'at most 65536 bytes' },
  ],
];
const PATHS = [
  '',
  '/invitations',
  '/acceptances',
  '/proposals',
  '/agreements',
  '/confirmations',
  '/bob/token',
  '/bob/removal',
];

describe.each(PATHS)('POST /api/peers%s', (path) => {
  it.each(FORMS)('is refused with %s', async (_, body, refusal) => {
    await refuses(path, body, refusal);
  });
});

describe('an invitation is not made with', () => {
  const invite = {
    id: 'zoe',
    currencyCode: 'USD',
    currencyScale: 9,
    prefix: 'test.zoe.',
    maxBalance: '1000',
  };
  const invalid = { kind: 'InvalidPeer' };

  it.each<Row>([
    ['no id', { id: undefined }, { field: 'id', rule: 'is required' }],
    ['an id that is none', { id: 'Zoe!' }, { ...invalid, field: 'id' }],
    ['no currency', { currencyCode: undefined }, { field: 'currencyCode', rule: 'is required' }],
    ['an odd currency', { currencyCode: 'US' }, { ...invalid, field: 'currencyCode' }],
    ['no scale', { currencyScale: undefined }, { field: 'currencyScale', rule: 'is required' }],
    ['a fraction of a scale', { currencyScale: 1.5 }, { ...invalid, field: 'currencyScale' }],
    ['a scale below -9', { currencyScale: -10 }, { ...invalid, field: 'currencyScale' }],
    ['a scale beyond 18', { currencyScale: 19 }, { ...invalid, field: 'currencyScale' }],
    ['no prefix', { prefix: undefined }, { field: 'prefix', rule: 'is required' }],
    ['a prefix without its dot', { prefix: 'test.zoe' }, { ...invalid, field: 'prefix' }],
    ['a prefix of no scheme', { prefix: 'zoe.' }, { ...invalid, field: 'prefix' }],
    ['no limit', { maxBalance: undefined }, { field: 'maxBalance', rule: 'is required' }],
    ['a limit that is a number', { maxBalance: 5 }, { field: 'maxBalance' }],
    ['a limit below 0', { maxBalance: '-1' }, { ...invalid, field: 'maxBalance' }],
    ['a lower limit above 0', { minBalance: '1' }, { ...invalid, field: 'minBalance' }],
    ['an odd mode', { mode: 'anarchy' }, { field: 'mode', rule: 'asymmetric or symmetric' }],
    ['a later BTP', { btpVersion: 'BTP/2.0' }, { field: 'btpVersion', rule: 'BTP/1.0' }],
    ['a member that is not known', { colour: 'red' }, { field: 'colour', rule: 'is not known' }],
    ['a token of its own', { token: 'sesame' }, { field: 'token', rule: 'is not known' }],
    ['somebody else’s name', { by: 'dave' }, { field: 'by', rule: 'must be left out' }],
    [
      'the id of another peer',
      { id: 'alice' },
      { status: 409, kind: 'PeerConflict', field: 'id', rule: 'peers.alice in the configuration' },
    ],
    [
      'a prefix inside that of another peer',
      { prefix: 'test.alice.in.' },
      { status: 409, kind: 'PeerConflict', field: 'prefix', rule: 'must not lie inside' },
    ],
    [
      'the prefix of another peer',
      { prefix: 'test.alice.' },
      { status: 409, kind: 'PeerConflict', field: 'prefix', rule: 'must not be the same' },
    ],
  ])('%s', async (_, change, refusal) => {
    await refuses('/invitations', { ...invite, ...change }, refusal);
  });
});

const INVITATION = {
  intent: 'peer',
  discovery: 'btp',
  btpUri: 'btp+wss://:sesame@zoe.example',
  btpVersion: 'BTP/1.0',
  currencyCode: 'USD',
  currencyScale: 9,
};
const PROPOSAL = {
  intent: 'peer',
  discovery: 'webfinger',
  hostname: 'zoe.example',
  currencyCode: 'USD',
  currencyScale: 9,
};
const ANSWER = {
  agree: true,
  discovery: 'webfinger',
  hostname: PROPOSED_TO,
  currencyCode: 'USD',
  currencyScale: 9,
};
const bad = { kind: 'InvalidProposal' };

/** What is as wrong in one text as in another. */
const CURRENCIES: readonly Row[] = [
  ['no currency', { currencyCode: undefined }, { ...bad, field: 'currencyCode', rule: 'missing' }],
  ['an odd currency', { currencyCode: '$' }, { ...bad, field: 'currencyCode', rule: 'not-three' }],
  ['a scale in words', { currencyScale: '9' }, { ...bad, field: 'currencyScale', rule: 'not-an' }],
  ['half a scale', { currencyScale: 0.5 }, { ...bad, field: 'currencyScale', rule: 'not-an-int' }],
  ['a scale below -9', { currencyScale: -10 }, { ...bad, field: 'currencyScale', rule: 'out-of' }],
  ['a scale beyond 18', { currencyScale: 19 }, { ...bad, field: 'currencyScale', rule: 'out-of' }],
  ['a member more', { discount: 5 }, { ...bad, field: 'discount', rule: 'unknown-member' }],
];

describe('an invitation is not accepted with', () => {
  const uri = { ...bad, field: 'btpUri' };

  it.each<Row>([
    ['no intent', { intent: undefined }, { ...bad, field: 'intent', rule: 'missing' }],
    ['another intent', { intent: 'pay' }, { ...bad, field: 'intent', rule: 'unknown' }],
    ['no URI', { btpUri: undefined }, { ...uri, rule: 'missing' }],
    ['a URI that is none', { btpUri: 'sesame' }, { ...uri, rule: 'not-a-btp-uri' }],
    [
      'a host that is none',
      { btpUri: 'btp+ws://:sesame@a.0x1' },
      { ...uri, rule: 'not-a-btp-uri' },
    ],
    ['a URI without host', { btpUri: 'btp+ws://:sesame@' }, { ...uri, rule: 'not-a-btp-uri' }],
    ['no version', { btpVersion: undefined }, { ...bad, field: 'btpVersion', rule: 'missing' }],
    ['a later BTP', { btpVersion: 'BTP/2.0' }, { ...bad, field: 'btpVersion', rule: 'unknown-v' }],
    ['an odd mode', { mode: 'anarchy' }, { ...bad, field: 'mode', rule: 'unknown' }],
    [
      'our own address',
      { btpUri: 'btp+wss://:sesame@US.example:443/x' },
      { ...uri, rule: 'ourselves' },
    ],
    ['where we listen', { btpUri: 'btp+ws://localhost:7768' }, { ...uri, rule: 'ourselves' }],
    [
      'no limit, where both decide',
      { mode: 'symmetric' },
      { field: 'maxBalance', rule: 'is required' },
    ],
    [
      'the account of another peer',
      { btpUri: 'btp+ws://:bob-secret@bob.example:9002' },
      { status: 409, kind: 'PeerConflict', field: 'uri', rule: 'must not lead to the account' },
    ],
    ...CURRENCIES,
  ])('%s', async (_, change, refusal) => {
    const invitation = JSON.stringify({ ...INVITATION, ...change });
    await refuses('/acceptances', { invitation }, refusal);
  });

  it.each<Row>([
    ['a torn line', { invitation: 'causeway-peer:e30x' }, { ...bad, field: '', rule: 'not-json' }],
    ['a sentence', { invitation: 'sesame' }, { ...bad, field: '', rule: 'not-json' }],
    ['a list', { invitation: '[]' }, { ...bad, field: '', rule: 'not-an-object' }],
    ['a book', { invitation: 'x'.repeat(9_000) }, { ...bad, field: '', rule: 'too-long' }],
    ['a number', { invitation: 7 }, { field: 'invitation', rule: 'must be a text' }],
    ['an odd limit', { maxBalance: 'lots' }, { kind: 'InvalidPeer', field: 'maxBalance' }],
    ['no patience', { waitMs: -1 }, { field: 'waitMs', rule: 'must not be negative' }],
    ['endless patience', { waitMs: 1e9 }, { field: 'waitMs', rule: '60000 at most' }],
    ['a member that is not known', { colour: 'red' }, { field: 'colour', rule: 'is not known' }],
    [
      'another currency than expected',
      { currencyCode: 'EUR' },
      { ...bad, field: 'currencyCode', rule: 'not-as-expected' },
    ],
    [
      'another scale than expected',
      { currencyScale: 2 },
      { ...bad, field: 'currencyScale', rule: 'not-as-expected' },
    ],
    [
      'the id of another peer',
      { id: 'bob' },
      { status: 409, kind: 'PeerConflict', field: 'id', rule: 'peers.bob in the configuration' },
    ],
  ])('%s in the order', async (_, change, refusal) => {
    const invitation = JSON.stringify(INVITATION);
    await refuses('/acceptances', { invitation, ...change }, refusal);
  });
});

describe('nobody is proposed to with', () => {
  const proposal = { hostname: 'zoe.example', currencyCode: 'USD', currencyScale: 9 };

  it.each<Row>([
    ['no host', { hostname: undefined }, { field: 'hostname', rule: 'is required' }],
    ['what is no host', { hostname: 'a%00b' }, { ...bad, field: 'hostname', rule: 'not-a-host' }],
    ['a path', { hostname: 'zoe.example/x' }, { ...bad, field: 'hostname', rule: 'not-a-host' }],
    ['our host', { hostname: 'us.example' }, { ...bad, field: 'hostname', rule: 'ourselves' }],
    ['an odd currency', { currencyCode: '$' }, { ...bad, field: 'currencyCode', rule: 'not-t' }],
    ['half a scale', { currencyScale: 0.5 }, { ...bad, field: 'currencyScale', rule: 'not-an' }],
  ])('%s', async (_, change, refusal) => {
    await refuses('/proposals', { ...proposal, ...change }, refusal);
  });
});

describe('a proposal is not agreed with that has', () => {
  it.each<Row>([
    ['no intent', { intent: undefined }, { ...bad, field: 'intent', rule: 'missing' }],
    ['another discovery', { discovery: 'btp' }, { ...bad, field: 'discovery', rule: 'unknown' }],
    ['no host', { hostname: undefined }, { ...bad, field: 'hostname', rule: 'missing' }],
    ['our host', { hostname: 'us.example' }, { ...bad, field: 'hostname', rule: 'ourselves' }],
    ...CURRENCIES,
  ])('%s', async (_, change, refusal) => {
    const proposal = JSON.stringify({ ...PROPOSAL, ...change });
    await refuses('/agreements', { proposal, maxBalance: '5' }, refusal);
  });

  it('no limit of ours', async () => {
    const order = { proposal: JSON.stringify(PROPOSAL) };
    await refuses('/agreements', order, { field: 'maxBalance', rule: 'is required' });
  });
});

describe('an answer does not count that', () => {
  it.each<Row>([
    ['does not agree', { agree: false }, { ...bad, field: 'agree', rule: 'unknown' }],
    ['is a proposal', { agree: undefined }, { ...bad, field: 'agree', rule: 'missing' }],
    ['answers nothing', { hostname: 'y.com' }, { ...bad, field: 'hostname', rule: 'not-proposed' }],
    ['is in EUR', { currencyCode: 'EUR' }, { ...bad, field: 'currencyCode', rule: 'differs' }],
    ['has scale 2', { currencyScale: 2 }, { ...bad, field: 'currencyScale', rule: 'differs' }],
    ['has none', { currencyScale: undefined }, { ...bad, field: 'currencyScale', rule: 'missing' }],
    ['is ours', { hostname: 'us.example' }, { ...bad, field: 'hostname', rule: 'ourselves' }],
  ])('%s', async (_, change, refusal) => {
    const answer = JSON.stringify({ ...ANSWER, ...change });
    await refuses('/confirmations', { answer, maxBalance: '5' }, refusal);
  });
});

describe('a peer is not added with', () => {
  const zoe = {
    id: 'zoe',
    socket: 'server',
    token: 'sesame',
    authority: 'admin',
    ledger: { prefix: 'test.zoe.', currencyCode: 'USD', currencyScale: 9, maxBalance: '1' },
  };
  const invalid = { kind: 'InvalidPeer' };

  it.each<Row>([
    ['a member that is not known', { colour: 'red' }, { ...invalid, field: 'colour' }],
    ['no authority', { authority: undefined }, { ...invalid, field: 'authority' }],
    ['no ledger', { ledger: undefined }, { ...invalid, field: 'ledger' }],
    ['half a character', { party: '\ud800' }, { ...invalid, field: 'peer', rule: 'unfit' }],
    ['the address of a client', { uri: 'btp+ws://x' }, { ...invalid, field: 'uri' }],
    [
      'what stands in the configuration only',
      { relaysTo: 'bob' },
      { status: 409, kind: 'PeerConflict', field: 'relaysTo' },
    ],
    [
      'the token of another peer',
      { token: 'alice-secret' },
      { status: 409, kind: 'PeerConflict', field: 'token' },
    ],
  ])('%s', async (_, change, refusal) => {
    await refuses('', { peer: { ...zoe, ...change } }, refusal);
  });
});
