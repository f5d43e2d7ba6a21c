import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../../../test/support/certificates';
import { RecordedLog } from '../../../../test/support/gateway/session-kit';
import { GatewayMetrics } from '../gateway-metrics';
import { CertificateFiles } from './certificate-files';
import { TrustedAuthorities } from './trusted-authorities';

const folder = mkdtempSync(join(tmpdir(), 'causeway-certificates-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const authority = new Authority('the authority of the tests');
const { cert, key } = authority.issue('gateway');

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const certFile = file('cert.pem', cert);
const keyFile = file('key.pem', key);
const junk = file('junk.pem', 'junk');
const missing = join(folder, 'missing.pem');

function open(files: { certFile: string; keyFile: string }): CertificateFiles {
  const metrics = new GatewayMetrics();
  const log = new RecordedLog();
  return new CertificateFiles({ files: { ...files, reloadMs: 1 }, metrics, log });
}

describe('the files of our certificate', () => {
  it('are taken when they fit', () => {
    const files = open({ certFile, keyFile });
    expect(files.options).toMatchObject({ minVersion: 'TLSv1.2' });
    expect(files.expiresAtMs).toBeGreaterThan(Date.now());
  });

  it.each([
    ['a certificate that is not there', { certFile: missing, keyFile }, 'certFile: cannot be read'],
    ['a key that is not there', { certFile, keyFile: missing }, 'keyFile: cannot be read: ENOENT'],
    ['a certificate that is none', { certFile: junk, keyFile }, 'certFile: holds no certificate'],
    ['a key that is none', { certFile, keyFile: junk }, 'keyFile: holds no private key'],
    [
      'the key of another certificate',
      { certFile, keyFile: file('other.pem', authority.issue('other').key) },
      'keyFile: is not the key of the certificate in',
    ],
  ])('are refused with the key of the setting: %s', (_, files, message) => {
    expect(() => open(files)).toThrow(`gateway.tls.${message}`);
  });
});

describe('the file of trusted authorities', () => {
  const log = new RecordedLog();

  it('is taken with several certificates and remarks between them', () => {
    const several = file('several.pem', `# ours\n${authority.cert}\n# old\n${authority.cert}`);
    expect(() => new TrustedAuthorities(several, log)).not.toThrow();
  });

  it.each([
    ['that is not there', missing, 'cannot be read: ENOENT'],
    ['without certificates', junk, 'holds no certificates in PEM'],
    [
      'with a certificate that is none',
      file('half.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      'holds a certificate that is none',
    ],
  ])('is refused with the key of the setting: one %s', (_, path, message) => {
    expect(() => new TrustedAuthorities(path, log)).toThrow(`gateway.trustedCaFile: ${message}`);
  });

  it('may be broken later: what it said last counts', () => {
    const path = file('later.pem', authority.cert);
    const authorities = new TrustedAuthorities(path, log);
    const first = authorities.secureContext();
    writeFileSync(path, 'junk');
    expect(authorities.secureContext()).toBe(first);
    writeFileSync(path, new Authority('next').cert);
    expect(authorities.secureContext()).not.toBe(first);
    expect(log.messages('warn')).toEqual(['the authorities stay what they were']);
  });
});
