import { encodeIlp, errorMessage, type IlpError, ilpError } from '#protocol';
import { rememberedError } from './remembered-error';

const refusal = ilpError({
  code: 'F02',
  triggeredBy: 'far.away',
  triggeredAtMs: 1_000,
  data: 'no',
});

test('an error of ordinary length is remembered as it is', () => {
  const error: IlpError = {
    ...refusal,
    forwardedBy: Array.from({ length: 20 }, (_, n) => `g.far.connector${n}.of.some.ledger`),
    data: Buffer.from(JSON.stringify({ message: 'no way'.repeat(100) })),
  };
  expect(rememberedError(error)).toEqual(error);
});

test('a long one keeps what it is, who began it, and the beginning of what it says', () => {
  const long: IlpError = {
    ...refusal,
    name: 'Unreachable'.repeat(1_000),
    triggeredBy: `far.${'a'.repeat(20_000)}`,
    forwardedBy: Array.from({ length: 20 }, (_, n) => `g.${n}.${'a'.repeat(2_000)}`),
    data: Buffer.from(JSON.stringify({ message: 'no way'.repeat(5_000) })),
  };
  const error = rememberedError(long);
  expect(encodeIlp(error).length).toBeLessThanOrEqual(2_048);
  expect(error).toMatchObject({ code: 'F02', triggeredAtMs: 1_000, forwardedBy: [] });
  expect(error.triggeredBy).toBe(`far.${'a'.repeat(1_019)}`);
  expect(errorMessage(error.data)).toMatch(/^(no way){50}/);
});
