import fc from 'fast-check';
import { decodeHot, encodeHot, UnreadableMessageError } from './hot-codec';
import type { HotMessage } from './hot-messages';

const text = fc.string({ unit: 'grapheme', maxLength: 400 });
const slug = fc.stringMatching(/^[a-z0-9-]{1,40}$/);
const uuid = fc.uuid();
const amount = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const wide = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const bytes = fc.uint8Array({ maxLength: 700 }).map((array) => Buffer.from(array));
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array));
const reference = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const replyTo = fc.record({ gatewayId: slug, reference });

const kind = <const K extends string>(name: K) => fc.constant(name);
const transfer = { ledgerId: slug, transferId: uuid };
const incoming = {
  replyTo,
  ...transfer,
  amount,
  condition: bytes32,
  expiresAtMs: time,
  receivedAtMs: time,
  packet: bytes,
  sideDataDigest: fc.option(bytes32),
  sideData: fc.option(bytes, { nil: undefined }),
};
const perhaps = { nil: undefined };
const pricing = fc.option(
  fc.record({
    pays: fc.constantFrom('asked' as const, 'brought' as const),
    spreadPpm: reference,
    ratesVersion: fc.option(reference, perhaps),
    fee: fc.option(amount, perhaps),
    maxIn: fc.option(amount, perhaps),
    maxOut: fc.option(amount, perhaps),
    slippagePpm: fc.option(reference, perhaps),
  }),
  perhaps,
);
const plan = fc.oneof(
  fc.record({ kind: kind('forward'), ...transfer, amount, expiresAtMs: time, pricing }),
  fc.record({ kind: kind('refuse'), code: text, triggeredBy: text, message: text }),
);

const ID = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';

const sent = <Fields extends object>(fields: {
  [Name in keyof Fields]: fc.Arbitrary<Fields[Name]>;
}): Fields => fc.sample(fc.record(fields), { numRuns: 1, seed: 1 })[0] as Fields;

const messages: { [K in HotMessage['kind']]: fc.Arbitrary<Extract<HotMessage, { kind: K }>> } = {
  'prepare-payment': fc.record({ kind: kind('prepare-payment'), ...incoming }),
  'planned-payment': fc.record({ kind: kind('planned-payment'), ...incoming, plan }),
  'peer-fulfilled': fc.record({
    kind: kind('peer-fulfilled'),
    replyTo,
    ...transfer,
    fulfillment: bytes32,
    data: fc.option(bytes),
    receivedAtMs: time,
  }),
  'peer-rejected': fc.record({
    kind: kind('peer-rejected'),
    replyTo,
    ...transfer,
    reason: bytes,
    receivedAtMs: time,
  }),
  'peer-refused': fc.record({
    kind: kind('peer-refused'),
    replyTo,
    ...transfer,
    error: text,
    message: text,
    receivedAtMs: time,
  }),
  delivered: fc.record({
    kind: kind('delivered'),
    ...transfer,
    what: fc.constantFrom('prepare', 'fulfill', 'reject'),
  }),
  'session-opened': fc.record({
    kind: kind('session-opened'),
    ledgerId: slug,
    sessionId: uuid,
  }),
  'session-current': fc.record({
    kind: kind('session-current'),
    ledgerId: slug,
    sessionId: uuid,
    answers: uuid,
  }),
  'balance-asked': fc.record({ kind: kind('balance-asked'), replyTo, ledgerId: slug }),
  answer: fc.record({
    kind: kind('answer'),
    reference: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    error: fc.option(fc.record({ name: text, message: text })),
    balance: fc.option(fc.record({ balance: wide, maxBalance: fc.option(wide) })),
  }),
  'deliver-prepare': fc.record({
    kind: kind('deliver-prepare'),
    ...transfer,
    amount,
    condition: bytes32,
    expiresAtMs: time,
    packet: bytes,
    sideData: fc.option(bytes, { nil: undefined }),
    isRepeated: fc.boolean(),
  }),
  'deliver-fulfill': fc.record({
    kind: kind('deliver-fulfill'),
    ...transfer,
    fulfillment: bytes32,
    data: fc.option(bytes),
    expiresAtMs: time,
  }),
  'payee-answered': fc.record({ kind: kind('payee-answered'), ...transfer }),
  'deliver-reject': fc.record({ kind: kind('deliver-reject'), ...transfer, reason: bytes }),
  'fulfill-refused': fc.record({
    kind: kind('fulfill-refused'),
    ...transfer,
    error: text,
    message: text,
    receivedAtMs: time,
  }),
  'peer-balance': fc.record({
    kind: kind('peer-balance'),
    ledgerId: slug,
    reference,
    balance: wide,
  }),
  'ask-peer-balance': fc.record({ kind: kind('ask-peer-balance'), ledgerId: slug, reference }),
  'forward-payment': fc.record({
    kind: kind('forward-payment'),
    ...transfer,
    amount,
    condition: bytes32,
    expiresAtMs: time,
    packet: bytes,
    sideData: fc.option(bytes, { nil: undefined }),
    cause: fc.record({ ...transfer, amount }),
    reference,
  }),
  'leg-report': fc.record({
    kind: kind('leg-report'),
    ...transfer,
    outgoing: fc.record(transfer),
    reference,
    leg: fc.oneof(
      fc.record({
        kind: kind('open'),
        awaitsRelease: fc.boolean(),
        awaitsAuthority: fc.boolean(),
      }),
      fc.record({ kind: kind('refused'), code: text, triggeredBy: text, message: text }),
      fc.record({
        kind: kind('fulfilled'),
        fulfillment: bytes32,
        data: fc.option(bytes),
        receivedAtMs: time,
      }),
      fc.record({ kind: kind('rolled-back'), reason: bytes }),
    ),
  }),
  'leg-answer': fc.record({
    kind: kind('leg-answer'),
    ...transfer,
    verdict: fc.constantFrom('proceed', 'withdraw', 'settled', 'lost'),
  }),
};

const anyMessage = fc.oneof(...Object.values(messages));

/** What came of reading arbitrary bytes; any other error than ours fails the test. */
function read(input: Buffer): 'message' | 'refused' {
  try {
    decodeHot(input);
    return 'message';
  } catch (error) {
    if (error instanceof UnreadableMessageError) return 'refused';
    throw error;
  }
}

describe('encodeHot and decodeHot', () => {
  it.each(Object.keys(messages) as HotMessage['kind'][])('give a %s back as it was', (name) => {
    fc.assert(
      fc.property(messages[name], (message) => {
        expect(decodeHot(encodeHot(message))).toEqual(message);
      }),
      { numRuns: 300 },
    );
  });

  it('take texts and packets longer than the scratch buffer', () => {
    const message: HotMessage = {
      kind: 'answer',
      reference: 1,
      error: { name: 'F00', message: 'ü'.repeat(90_000) },
      balance: null,
    };
    expect(decodeHot(encodeHot(message))).toEqual(message);
    const reject: HotMessage = {
      kind: 'deliver-reject',
      ledgerId: 'alice',
      transferId: '00000000-0000-0000-0000-000000000001',
      reason: Buffer.alloc(300_000, 7),
    };
    expect(decodeHot(encodeHot(reject))).toEqual(reject);
  });

  it('keep the written layout: version, kind, then the fields', () => {
    const delivered: HotMessage = {
      kind: 'delivered',
      ledgerId: 'alice',
      transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
      what: 'fulfill',
    };
    expect(encodeHot(delivered).toString('hex')).toBe(
      '0405' + '05616c696365' + 'b4c838f680b147f8a82eb1fcfbed89d5' + '01',
    );
  });

  it.each([
    ['an id in upper case', { transferId: 'B4C838F6-80B1-47F8-A82E-B1FCFBED89D5' }],
    ['an id without dashes', { transferId: 'b4c838f680b147f8a82eb1fcfbed89d5' }],
    ['an amount of 2^64', { amount: 2n ** 64n }],
    ['a negative amount', { amount: -1n }],
    ['a condition of 31 bytes', { condition: Buffer.alloc(31) }],
    ['half a millisecond', { expiresAtMs: 0.5 }],
    ['a time before the epoch', { expiresAtMs: -1 }],
  ])('refuse to write %s', (_, wrong) => {
    const prepare = {
      kind: 'deliver-prepare',
      ledgerId: 'alice',
      transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
      amount: 1n,
      condition: Buffer.alloc(32),
      expiresAtMs: 1,
      packet: Buffer.alloc(0),
      isRepeated: false,
    } as const;
    expect(() => encodeHot({ ...prepare, ...wrong })).toThrow(/out of range|is not|32 are meant/);
    expect(decodeHot(encodeHot(prepare))).toEqual(prepare);
  });

  it('hand out slices, not copies', () => {
    const encoded = encodeHot({
      kind: 'deliver-reject',
      ledgerId: 'alice',
      transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
      reason: Buffer.from('why'),
    });
    const decoded = decodeHot(encoded);
    encoded.fill('W', encoded.length - 3, encoded.length - 2);
    expect(decoded).toMatchObject({ reason: Buffer.from('Why') });
  });
});

describe('decodeHot refuses, with UnreadableMessageError and nothing else,', () => {
  it('every proper beginning of a message', () => {
    fc.assert(
      fc.property(anyMessage, fc.double({ min: 0, max: 1, noNaN: true }), (message, share) => {
        const encoded = encodeHot(message);
        const cut = encoded.subarray(0, Math.min(encoded.length - 1, share * encoded.length));
        expect(read(cut)).toBe('refused');
      }),
      { numRuns: 1_000 },
    );
  });

  it('a message with a byte too many', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(read(Buffer.concat([encodeHot(message), Buffer.alloc(1)]))).toBe('refused');
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['another version', '0306' + '05616c696365'],
    ['an unknown kind', '04ff'],
    ['a length far beyond the end', '0406' + 'ffffffffff'],
    ['a length that is not the shortest', '0406' + 'ff00000005616c696365'],
    ['text that is not UTF-8', '0406' + '02c328'],
    ['an unknown verdict', `041105616c696365${'00'.repeat(16)}04`],
    ['an unknown state of a leg', `0410${('05616c696365' + '00'.repeat(16)).repeat(2)}0000000004`],
    ['a presence byte of 2', '0408' + '00000001' + '0200'],
  ])('%s', (_, hex) => {
    expect(read(Buffer.from(hex, 'hex'))).toBe('refused');
  });

  it('an entry of the layout before, and says so', () => {
    expect(() => decodeHot(Buffer.from('0306' + '05616c696365', 'hex'))).toThrow(
      'version: is 3, this build reads 4',
    );
  });

  it.each([0x02, 0x80, 0x81, 0xff])('a pricing with the flags %i', (flags) => {
    const encoded = encodeHot({
      ...sent(incoming),
      kind: 'planned-payment',
      plan: { kind: 'forward', ledgerId: 'b', transferId: ID, amount: 1n, expiresAtMs: 1 },
    });
    expect(encoded.at(-1)).toBe(0);
    encoded[encoded.length - 1] = flags;
    expect(read(Buffer.concat([encoded, Buffer.alloc(4)]))).toBe('refused');
  });

  it('whatever random bytes and damaged messages mean nothing', () => {
    const anyKind = fc.uint8Array({ maxLength: 200 }).map((rest) => Buffer.from([4, ...rest]));
    const damaged = fc.tuple(anyMessage, fc.nat(), fc.nat(255)).map(([message, at, byte]) => {
      const encoded = encodeHot(message);
      encoded[at % encoded.length] = byte;
      return encoded;
    });
    fc.assert(
      fc.property(fc.oneof(anyKind, damaged), (input) => {
        expect(['message', 'refused']).toContain(read(input));
      }),
      { numRuns: 20_000 },
    );
  });
});
