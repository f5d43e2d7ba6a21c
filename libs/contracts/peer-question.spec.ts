import fc from 'fast-check';
import { btpError, type ProtocolData } from '#protocol';
import {
  encodePeerAnswer,
  encodePeerQuestion,
  MalformedPeerQuestionError,
  readPeerAnswer,
  readPeerQuestion,
} from './peer-question';

const latin1 = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)) });
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
const entry: fc.Arbitrary<ProtocolData> = fc.record({
  protocolName: latin1,
  contentType: fc.nat(255),
  data: bytes,
});
const protocolData = fc.array(entry, { maxLength: 6 });
const overTheBus = (written: object): unknown => JSON.parse(JSON.stringify(written));

describe('a question to a peer', () => {
  it('arrives as it was asked', () => {
    const question = fc.record({ protocolData, withinMs: fc.integer({ min: 1, max: 86_400_000 }) });
    fc.assert(
      fc.property(question, (asked) => {
        expect(readPeerQuestion(overTheBus(encodePeerQuestion(asked)))).toEqual(asked);
      }),
    );
  });

  it.each<[string, readonly ProtocolData[]]>([
    ['entries', Array.from({ length: 1_001 }, () => aText('', 0))],
    ['bytes', [aText('a', 131_072)]],
  ])('is not asked with too many %s, and not read either', (what, entries) => {
    const question = { protocolData: entries, withinMs: 1 };
    expect(() => encodePeerQuestion(question)).toThrow(MalformedPeerQuestionError);
    expect(() => encodePeerQuestion(question)).toThrow(new RegExp(`protocolData has \\d+ ${what}`));
    const written = entries.map((one) => ({ ...one, data: one.data.toString('base64') }));
    expect(() => readPeerQuestion({ protocolData: written, withinMs: 1 })).toThrow(what);
  });

  it('may be as large as the largest frame', () => {
    const asked = { protocolData: [aText('', 131_072)], withinMs: 1 };
    expect(readPeerQuestion(overTheBus(encodePeerQuestion(asked)))).toEqual(asked);
  });

  it.each([
    ['question', null],
    ['question', 'how much?'],
    ['protocolData', { withinMs: 1 }],
    ['withinMs', { protocolData: [] }],
    ['withinMs', { protocolData: [], withinMs: 0 }],
    [
      'protocolData.0.data',
      { protocolData: [{ protocolName: '', contentType: 0, data: '*' }], withinMs: 1 },
    ],
    [
      'protocolData.0.contentType',
      { protocolData: [{ protocolName: '', contentType: 256, data: '' }], withinMs: 1 },
    ],
  ])('is refused naming %s when it is %j', (field, written) => {
    expect(() => readPeerQuestion(written)).toThrow(MalformedPeerQuestionError);
    expect(() => readPeerQuestion(written)).toThrow(expect.objectContaining({ field }) as Error);
  });
});

describe('the answer of a peer', () => {
  it('arrives as it was given, a Response or an Error', () => {
    const response = fc.record({ type: fc.constant('response' as const), protocolData });
    const error = fc.record({
      type: fc.constant('error' as const),
      code: latin1,
      name: latin1,
      triggeredAtMs: fc.nat(),
      data: bytes,
      protocolData,
    });
    fc.assert(
      fc.property(fc.oneof(response, error), (told) => {
        expect(readPeerAnswer(overTheBus(encodePeerAnswer(told)))).toEqual(told);
      }),
    );
  });

  it('has no id of a request', () => {
    const cause = {
      requestId: 7,
      name: 'DuplicateIdError',
      message: 'x',
      triggeredAtMs: 9,
    } as const;
    expect(encodePeerAnswer(btpError(cause))).not.toHaveProperty('requestId');
  });

  it.each([null, {}, { type: 'prepare', protocolData: [] }])('is never %j', (written) => {
    expect(() => readPeerAnswer(written)).toThrow();
  });
});

function aText(protocolName: string, size: number): ProtocolData {
  return { protocolName, contentType: 1, data: Buffer.alloc(size, 'x') };
}
