import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ConfigurationError, type TlsSettings } from '#platform';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';

export interface CertificateParts {
  readonly files: TlsSettings;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
}

interface Found {
  readonly options: SecureContextOptions;
  readonly expiresAtMs: number;
  /** Of both files: whether they are the same as before. */
  readonly digest: string;
}

/** What we speak with peers; nothing older is safe. */
export const LEAST_TLS = 'TLSv1.2';

/**
 * The certificate that peers see. Its files are looked at again and again, as mounted secrets tell
 * nobody of a change; what does not fit leaves the old certificate in use.
 */
export class CertificateFiles {
  private found: Found;
  private timer: NodeJS.Timeout | undefined;
  private doubted: string | undefined;
  private isToldOf = false;

  /** @throws ConfigurationError naming the key whose file does not do */
  constructor(private readonly parts: CertificateParts) {
    this.found = read(parts.files);
  }

  get options(): SecureContextOptions {
    return this.found.options;
  }

  get expiresAtMs(): number {
    return this.found.expiresAtMs;
  }

  /** Until `stop`; `onChange` gets each new certificate. */
  watch(onChange: (options: SecureContextOptions) => void): void {
    this.timer = setInterval(() => {
      if (this.look()) onChange(this.options);
    }, this.parts.files.reloadMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** @returns whether there is another certificate than before */
  private look(): boolean {
    const { files, metrics, log } = this.parts;
    try {
      const found = read(files);
      this.doubted = undefined;
      if (found.digest === this.found.digest) return false;
      this.found = found;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.doubt(error);
      return false;
    }
    metrics.certificates.loaded += 1;
    const expires = new Date(this.found.expiresAtMs).toISOString();
    log.info({ certFile: files.certFile, expires }, 'certificate read anew');
    return true;
  }

  /** Two files are not written at once: only what is wrong at two looks in a row is a failure. */
  private doubt(error: ConfigurationError): void {
    if (this.doubted !== error.message) {
      this.doubted = error.message;
      this.isToldOf = false;
      return;
    }
    if (this.isToldOf) return;
    this.isToldOf = true;
    this.parts.metrics.certificates.failed += 1;
    this.parts.log.error({ err: error }, 'the new certificate is of no use; the old one stays');
  }
}

function read({ certFile, keyFile }: TlsSettings): Found {
  const cert = readPem(certFile, 'gateway.tls.certFile');
  const key = readPem(keyFile, 'gateway.tls.keyFile');
  const certificate = parse(certFile, 'gateway.tls.certFile', 'holds no certificate in PEM', () => {
    createSecureContext({ cert });
    return new X509Certificate(cert);
  });
  const privateKey = parse<KeyObject>(
    keyFile,
    'gateway.tls.keyFile',
    'holds no private key in PEM without a passphrase',
    () => createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    const rule = `is not the key of the certificate in ${certFile}`;
    throw new ConfigurationError([{ file: keyFile, key: 'gateway.tls.keyFile', rule }]);
  }
  const digest = createHash('sha256').update(cert).update(key).digest('hex');
  const options = { cert, key, minVersion: LEAST_TLS } as const;
  return { options, expiresAtMs: Date.parse(certificate.validTo), digest };
}

/** @throws ConfigurationError */
export function readPem(file: string, key: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigurationError([{ file, key, rule: `cannot be read: ${codeOf(error)}` }]);
  }
}

function codeOf(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? error.code : 'unknown reason';
}

function parse<T>(file: string, key: string, rule: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new ConfigurationError([{ file, key, rule }]);
  }
}
