import { Logger } from '@nestjs/common';
import { NestLogger } from './nest-logger';
import { createLogger, withoutCredentials } from './root-logger';

let lines: Record<string, unknown>[];
let text: string;

beforeEach(() => {
  lines = [];
  text = '';
});

function logger(level: 'info' | 'debug' | 'silent' = 'info') {
  const write = (line: string): void => {
    text += line;
    lines.push(JSON.parse(line) as Record<string, unknown>);
  };
  return createLogger({ service: 'ledger', instance: 'ledger-1-ab' }, level, { write });
}

describe('createLogger', () => {
  it('writes JSON lines with service, instance, level by name and time', () => {
    logger().warn({ ledger: 'alice' }, 'disputed');
    expect(lines).toMatchObject([
      {
        level: 'warn',
        service: 'ledger',
        instance: 'ledger-1-ab',
        ledger: 'alice',
        msg: 'disputed',
      },
    ]);
    expect(new Date(String(lines[0]?.time)).getTime()).toBeGreaterThan(1e12);
  });

  it('leaves out what is below the level', () => {
    logger('info').debug('x');
    logger('silent').fatal('x');
    expect(lines).toEqual([]);
  });

  it('never writes a secret: by its key, three levels deep, or inside a URL in any text', () => {
    const secret = 's3cr3t';
    const log = logger();
    log.info({ token: secret, peer: { token: secret, uri: `btp+ws://:${secret}@h` } });
    log.info({
      peer: { tokenSha256: secret, tokenDigest: secret },
      peers: [{ tokenDigest: secret }],
    });
    log.info({ req: { headers: { authorization: `Bearer ${secret}`, host: 'h' } } });
    log.info({ configuration: { console: { token: secret } }, natsUrl: `nats://${secret}@h` });
    log.info(`cannot reach postgres://me:${secret}@db/causeway and btp+wss://:${secret}@peer/x`);
    log.error({ err: new Error(`nats://u:${secret}@h refused`) }, 'failed');
    expect(text).not.toContain(secret);
    expect(lines[2]).toMatchObject({ req: { headers: { authorization: '***', host: 'h' } } });
    expect(lines[4]?.msg).toBe('cannot reach postgres://***@db/causeway and btp+wss://***@peer/x');
  });

  it('leaves texts alone that only look a little like that', () => {
    const plain = 'see https://example.com/a@b, mail me@example.com, 10://x, ws://h:1/p?q=a@b';
    expect(withoutCredentials(plain)).toBe(plain);
  });
});

describe('NestLogger', () => {
  afterEach(() => {
    Logger.overrideLogger(false);
  });

  it('takes the log of Nest, its context, errors with their stack', () => {
    Logger.overrideLogger(new NestLogger(logger()));
    new Logger('Partition').log('taken');
    new Logger('Partition').error(new Error('lost'));
    expect(lines[0]).toMatchObject({ level: 'info', context: 'Partition', msg: 'taken' });
    expect(lines[1]).toMatchObject({ level: 'error', err: { message: 'lost' } });
  });
});

describe('what Nest tells of its own wiring', () => {
  it('is for debugging only', () => {
    const nest = new NestLogger(logger());
    nest.log('dependencies initialized', 'InstanceLoader');
    nest.log('news', 'Partition');
    expect(lines.map(({ msg }) => msg)).toEqual(['news']);
  });
});
