import { readTrailer, trailerLine, UnreadableLineError } from './export-format';

const trailer = {
  lines: 3,
  sha256: '0'.repeat(64),
  key: '1'.repeat(64),
  signature: Buffer.alloc(64, 7).toString('base64'),
};

test('a trailer is read as it was written', () => {
  expect(readTrailer(trailerLine(trailer))).toEqual(trailer);
});

test('a signature has one spelling: bits that no byte takes up must be clear', () => {
  const { signature } = trailer;
  const at = signature.indexOf('=') - 1;
  const respelled = `${signature.slice(0, at)}${String.fromCharCode(signature.charCodeAt(at) + 1)}==`;
  expect(Buffer.from(respelled, 'base64')).toEqual(Buffer.from(signature, 'base64'));
  const line = trailerLine({ ...trailer, signature: respelled });
  expect(() => readTrailer(line)).toThrow(UnreadableLineError);
});
