/** Longest text of a peer that a log line or a state shown to operators repeats, in characters. */
export const PEER_TEXT_LENGTH = 200;

/** UTF-16 units that so many characters can take at most. */
const UNITS_PER_CHARACTER = 2;
/** Control and format characters, line ends, halves of characters: what could forge or hide a line. */
const NOT_FOR_READERS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const REPLACEMENT = '\ufffd';
const CUT = '…';

/**
 * What a peer said, fit for people: no longer than `PEER_TEXT_LENGTH`, and nothing in it that a
 * terminal or a log would act on. Whatever of a peer's words gets above debug goes through here.
 */
export function peerText(text: string): string {
  const beginning = text.slice(0, UNITS_PER_CHARACTER * PEER_TEXT_LENGTH);
  const characters = Array.from(beginning);
  const isWhole = beginning.length === text.length && characters.length <= PEER_TEXT_LENGTH;
  const kept = isWhole ? characters : [...characters.slice(0, PEER_TEXT_LENGTH - 1), CUT];
  return kept.join('').replace(NOT_FOR_READERS, REPLACEMENT);
}
