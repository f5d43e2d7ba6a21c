import { errorContentSize } from '../ilp/encode-ilp';
import { shortenErrorData } from '../ilp/error-data';
import type { IlpError } from '../ilp/ilp-packet';

/**
 * Most content bytes of an ILP error inside a BTP/alpha packet. The historic codec re-reads a
 * longer one with its length cut to one byte, and so corrupt (SPEC §5.3).
 */
export const MAX_INLINE_CONTENT = 127;

/**
 * The error as it may stand inside a BTP/alpha packet: forwarders are dropped, then data is
 * shortened; only where that is not enough, `triggeredBy` and then the name are cut as well. Code
 * and time always stay.
 */
export function fitInline(error: IlpError): IlpError {
  if (excess(error) <= 0) return error;
  let fitted: IlpError = { ...error, forwardedBy: [] };
  fitted = { ...fitted, data: shortenErrorData(fitted.data, kept(fitted.data.length, fitted)) };
  fitted = { ...fitted, triggeredBy: cut(fitted.triggeredBy, fitted) };
  return { ...fitted, name: cut(fitted.name, fitted) };
}

function excess(error: IlpError): number {
  return errorContentSize(error) - MAX_INLINE_CONTENT;
}

function cut(text: string, error: IlpError): string {
  return text.slice(0, kept(text.length, error));
}

/** Bytes of a part that may stay. A part longer than 127 frees more than this counts: no harm. */
function kept(length: number, error: IlpError): number {
  return Math.max(0, Math.min(length, length - excess(error)));
}
