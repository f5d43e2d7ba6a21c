import type { OrderRefusal } from '../refusals';

/** Longest text of an order that is kept for ever. */
export const MAX_ORDER_TEXT = 500;

type InvalidText = Extract<OrderRefusal, { kind: 'InvalidText' }>;

/** Control characters and lone surrogates: no reader can see them, and not every store holds them. */
const NOT_PRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** What is wrong with a text of an order, or undefined: 1 to 500 printable characters. */
export function textRefusal(field: InvalidText['field'], text: string): InvalidText | undefined {
  const measures = { length: text.length, maximum: MAX_ORDER_TEXT };
  if (text.trim() === '') {
    return { kind: 'InvalidText', field, rule: 'must-not-be-empty', ...measures };
  }
  if (text.length > MAX_ORDER_TEXT) {
    return { kind: 'InvalidText', field, rule: 'too-long', ...measures };
  }
  if (NOT_PRINTABLE.test(text)) {
    return { kind: 'InvalidText', field, rule: 'not-printable', ...measures };
  }
  return undefined;
}
