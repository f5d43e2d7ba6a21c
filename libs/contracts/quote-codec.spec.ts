import fc from 'fast-check';
import { UnreadableMessageError } from './hot-codec-reader';
import {
  decodePeerQuoteAnswer,
  decodePeerQuoteQuestion,
  encodePeerQuoteAnswer,
  encodePeerQuoteQuestion,
} from './quote-codec';

const reference = fc.nat(0xffff_ffff);
const packet = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
const name = fc.string({ maxLength: 90 });
const question = fc.record({
  replyTo: fc.record({ gatewayId: name, reference }),
  ledgerId: name,
  packet,
});
const answer = fc.record({ reference, packet });

test('questions and answers are read as they were written', () => {
  fc.assert(
    fc.property(question, answer, (asked, said) => {
      expect(decodePeerQuoteQuestion(encodePeerQuoteQuestion(asked))).toEqual(asked);
      expect(decodePeerQuoteAnswer(encodePeerQuoteAnswer(said))).toEqual(said);
    }),
  );
});

test('bytes that are cut short, too long or of another layout are not read', () => {
  const whole = encodePeerQuoteQuestion({
    replyTo: { gatewayId: 'gateway-1', reference: 7 },
    ledgerId: 'alice',
    packet: Buffer.from('packet'),
  });
  const wrong = [
    whole.subarray(0, -1),
    Buffer.concat([whole, Buffer.alloc(1)]),
    Buffer.concat([Buffer.from([9]), whole.subarray(1)]),
    Buffer.alloc(0),
  ];
  for (const bytes of wrong) {
    expect(() => decodePeerQuoteQuestion(bytes)).toThrow(UnreadableMessageError);
    expect(() => decodePeerQuoteAnswer(bytes)).toThrow(UnreadableMessageError);
  }
});
