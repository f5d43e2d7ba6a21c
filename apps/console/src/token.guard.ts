import { createHash, timingSafeEqual } from 'node:crypto';
import {
  createParamDecorator,
  Inject,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#platform';

/** Who presented the token. */
export interface Operator {
  /** As the log names him. */
  readonly name: string;
  /** Whether the token is his alone; the plain `console.token` is everybody's. */
  readonly isNamed: boolean;
}

const EVERYBODY: Operator = { name: 'operator', isNamed: false };

interface GuardedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  operator?: Operator;
}

interface Pass {
  readonly digest: Buffer;
  readonly operator: Operator;
}

/** Lets in whoever presents a token of the configuration: `Authorization: Bearer <token>`. */
@Injectable()
export class TokenGuard implements CanActivate {
  private readonly passes: readonly Pass[];

  constructor(@Inject(CONFIGURATION) { console: { token, operators } }: Configuration) {
    const named = operators.map(({ name, token: own }) => passOf(own, { name, isNamed: true }));
    this.passes = [passOf(token, EVERYBODY), ...named];
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const operator = this.operatorWith(request.headers.authorization);
    if (operator === undefined) {
      throw new UnauthorizedException('Authorization: Bearer <console.token> is required');
    }
    request.operator = operator;
    return true;
  }

  /** Digests are of one length and all are compared, so the time tells nothing. */
  private operatorWith(presented: string | string[] | undefined): Operator | undefined {
    if (typeof presented !== 'string') return undefined;
    const digest = digestOf(presented);
    let found: Operator | undefined;
    for (const pass of this.passes) {
      if (timingSafeEqual(digest, pass.digest)) found = pass.operator;
    }
    return found;
  }
}

/** Who is asking, for a handler behind the guard. */
export const Asking = createParamDecorator((_: unknown, context: ExecutionContext): Operator => {
  return context.switchToHttp().getRequest<GuardedRequest>().operator ?? EVERYBODY;
});

function passOf(token: string, operator: Operator): Pass {
  return { digest: digestOf(`Bearer ${token}`), operator };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
