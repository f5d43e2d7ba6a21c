import { X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { ConfigurationError } from '#platform';
import type { Log } from '../log';
import { LEAST_TLS, readPem } from './certificate-files';

const KEY = 'gateway.trustedCaFile';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Whose certificates we believe when we dial `wss`: the public authorities, and the operator's own. */
export class TrustedAuthorities {
  private pem: string | undefined;
  private context: SecureContext;

  /** @throws ConfigurationError if the file does not do */
  constructor(
    private readonly file: string | undefined,
    private readonly log: Log,
  ) {
    this.pem = file === undefined ? undefined : readAuthorities(file);
    this.context = contextOf(this.pem);
  }

  /** For the next dial: the file is read anew, and if it does not do any more, what it said last. */
  secureContext(): SecureContext {
    if (this.file === undefined) return this.context;
    try {
      const pem = readAuthorities(this.file);
      if (pem !== this.pem) this.context = contextOf(pem);
      this.pem = pem;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.log.warn({ err: error }, 'the authorities stay what they were');
    }
    return this.context;
  }
}

function readAuthorities(file: string): string {
  const pem = readPem(file, KEY).toString('latin1');
  const certificates = pem.match(CERTIFICATE) ?? [];
  const rule = 'holds no certificates in PEM';
  if (certificates.length === 0) throw new ConfigurationError([{ file, key: KEY, rule }]);
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch {
    throw new ConfigurationError([{ file, key: KEY, rule: 'holds a certificate that is none' }]);
  }
  return certificates.join('\n');
}

function contextOf(pem: string | undefined): SecureContext {
  const minVersion = LEAST_TLS;
  if (pem === undefined) return createSecureContext({ minVersion });
  return createSecureContext({ minVersion, ca: [...rootCertificates, pem] });
}

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|INVALID_CA|ERR_TLS/;
const NO_TLS = /EPROTO|ERR_SSL/;

type NodeError = Error & { readonly code?: unknown };

/** Why a dial failed, in words for the operator: what is wrong with a certificate is said to be so. */
export function dialFailure(error: NodeError): string {
  return UNTRUSTED.test(codeOf(error)) ? `certificate refused: ${error.message}` : error.message;
}

/** Whether the other side was reached, but shows no certificate that we believe, or speaks no TLS. */
export function isTlsFault(error: NodeError): boolean {
  const code = codeOf(error);
  return UNTRUSTED.test(code) || NO_TLS.test(code);
}

function codeOf({ code }: NodeError): string {
  return typeof code === 'string' ? code : '';
}
