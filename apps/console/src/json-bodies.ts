import { HttpException, HttpStatus } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { z } from 'zod';

/** Longer than any order. */
const MAX_BODY_BYTES = 65_536;

/** Reads bodies as JSON; what cannot be read is refused with field and rule, and nothing of it repeated. */
export function readJsonBodies(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: MAX_BODY_BYTES });
  app.use(
    (error: unknown, _request: unknown, _response: unknown, next: (error: unknown) => void) => {
      next(bodyFailure(error));
    },
  );
}

const TOO_LARGE: number = HttpStatus.PAYLOAD_TOO_LARGE;
const parserError = z.object({ status: z.int().min(400).max(499), type: z.string() });

/** The parser quotes what it cannot read, which may be a token. */
function bodyFailure(error: unknown): unknown {
  const { data } = parserError.safeParse(error);
  if (data === undefined) return error;
  const isTooLarge = data.status === TOO_LARGE;
  const rule = isTooLarge ? `must have at most ${MAX_BODY_BYTES} bytes` : 'must be a JSON object';
  const problems = [{ field: 'body', rule }];
  return new HttpException(
    { error: { kind: 'UnreadableBody', message: `body: ${rule}`, problems } },
    data.status,
  );
}
