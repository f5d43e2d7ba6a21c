import { createHash } from 'node:crypto';
import { curveFromBase64, curveToBase64 } from '#domain/liquidity';
import type { QuotedRoute, QuotedTail, RemoteFailure } from '#domain/routing';
import { decodeIlp, encodeIlp, ILP_ERROR_NAMES, type IlpErrorCode } from '#protocol';
import { z } from 'zod';

/**
 * What processes tell each other of quotes of next hops, in a bucket: under the key of a question
 * first who is asking it, then what came of it.
 */
export type SharedQuote =
  | {
      readonly kind: 'asking';
      /** The process that asks. */
      readonly by: string;
      /** By then it has told what came of it, or died over it. */
      readonly untilMs: number;
    }
  | { readonly kind: 'quoted'; readonly about: QuotedRoute; readonly quoted: QuotedTail }
  | {
      readonly kind: 'failed';
      readonly destination: string;
      readonly failure: RemoteFailure;
    };

const about = z.object({ ledgerId: z.string(), account: z.string(), routeKey: z.string() });

const CODES = Object.keys(ILP_ERROR_NAMES) as IlpErrorCode[];

const written = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('asking'), by: z.string(), untilMs: z.number() }),
  z.object({
    kind: z.literal('quoted'),
    about,
    key: z.string(),
    points: z.string(),
    windowMs: z.number().min(0),
    expiresAtMs: z.number(),
  }),
  z.object({ kind: z.literal('relayed'), destination: z.string(), error: z.base64() }),
  z.object({
    kind: z.literal('own'),
    destination: z.string(),
    code: z.enum(CODES),
    message: z.string(),
  }),
]);

export function encodeSharedQuote(said: SharedQuote): Buffer {
  return Buffer.from(JSON.stringify(writtenAs(said)));
}

function writtenAs(said: SharedQuote): z.input<typeof written> {
  if (said.kind === 'asking') return said;
  if (said.kind === 'quoted') {
    const { key, curve, windowMs, expiresAtMs } = said.quoted;
    const points = curveToBase64(curve);
    return { kind: 'quoted', about: said.about, key, points, windowMs, expiresAtMs };
  }
  const { destination, failure } = said;
  if (failure.kind === 'own') return { ...failure, destination };
  return { kind: 'relayed', destination, error: encodeIlp(failure.error).toString('base64') };
}

/** undefined = it cannot be read: whoever wrote it speaks another version. */
export function readSharedQuote(value: Buffer): SharedQuote | undefined {
  try {
    return said(written.parse(JSON.parse(value.toString())));
  } catch {
    return undefined;
  }
}

function said(read: z.output<typeof written>): SharedQuote | undefined {
  switch (read.kind) {
    case 'asking':
      return read;
    case 'quoted': {
      const { key, points, windowMs, expiresAtMs } = read;
      const curve = curveFromBase64(points);
      return { kind: 'quoted', about: read.about, quoted: { key, curve, windowMs, expiresAtMs } };
    }
    case 'relayed': {
      const error = decodeIlp(Buffer.from(read.error, 'base64'));
      if (error.type !== 'error') return undefined;
      return { kind: 'failed', destination: read.destination, failure: { kind: 'relayed', error } };
    }
    case 'own': {
      const { destination, code, message } = read;
      return { kind: 'failed', destination, failure: { kind: 'own', code, message } };
    }
  }
}

/** Names a question in the bucket: what is asked of whom, for which address or part of one. */
export function questionKey({ ledgerId, account, routeKey }: QuotedRoute, scope: string): string {
  const digest = createHash('sha256').update(JSON.stringify([account, routeKey, scope]));
  return `${ledgerId}.${digest.digest('hex').slice(0, 32)}`;
}
