import { createHash, timingSafeEqual } from 'node:crypto';
import {
  Inject,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#platform';

interface RequestWithHeaders {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Lets in whoever presents the operator's token: `Authorization: Bearer <token>`. */
@Injectable()
export class TokenGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(@Inject(CONFIGURATION) { console: { token } }: Configuration) {
    this.expected = digest(`Bearer ${token}`);
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<RequestWithHeaders>();
    const presented = headers.authorization;
    // Digests are of one length, so the comparison tells nothing by its time.
    if (typeof presented === 'string' && timingSafeEqual(digest(presented), this.expected))
      return true;
    throw new UnauthorizedException('Authorization: Bearer <console.token> is required');
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
