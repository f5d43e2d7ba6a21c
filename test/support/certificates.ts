import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its private key, both in PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const VALID_DAYS = 30;

/** Values of ASN.1 in DER, as far as a certificate needs them (X.690, RFC 5280). */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const long = Buffer.from(body.length.toString(16).padStart(4, '0'), 'hex');
  const length = body.length < 0x80 ? Buffer.from([body.length]) : Buffer.from([0x82, ...long]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const integer = (bytes: Uint8Array): Buffer => der(0x02, bytes);
const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.from([0]), bytes);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const time = (ms: number): Buffer => {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
};

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const BASIC_CONSTRAINTS = oid('551d13');
const SUBJECT_ALT_NAME = oid('551d11');
const TRUE = der(0x01, Buffer.from([0xff]));
const LOCALHOST = sequence(
  der(0x82, Buffer.from('localhost')),
  der(0x87, Buffer.from([127, 0, 0, 1])),
);

const named = (name: string): Buffer =>
  sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));

/** An authority of the tests' own; Node can read certificates, but not make them. */
export class Authority {
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** Its own certificate, PEM. */
  readonly cert: string;

  constructor(private readonly name: string) {
    this.cert = this.signed({ subject: name, publicKey: this.keys.publicKey, isAuthority: true });
  }

  /** A certificate for localhost and 127.0.0.1. */
  issue(subject: string, endsInDays = VALID_DAYS): Issued {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cert = this.signed({ subject, publicKey, isAuthority: false, endsInDays });
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  private signed(wanted: {
    readonly subject: string;
    readonly publicKey: KeyObject;
    readonly isAuthority: boolean;
    readonly endsInDays?: number;
  }): string {
    const { subject, publicKey, isAuthority, endsInDays = VALID_DAYS } = wanted;
    const now = Date.now();
    const extensions = isAuthority
      ? sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence(TRUE)))
      : sequence(SUBJECT_ALT_NAME, octets(LOCALHOST));
    const content = sequence(
      der(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ECDSA_WITH_SHA256,
      named(this.name),
      sequence(time(now - VALID_DAYS * DAY_MS), time(now + endsInDays * DAY_MS)),
      named(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(extensions)),
    );
    const signature = sign('sha256', content, this.keys.privateKey);
    return pem(sequence(content, ECDSA_WITH_SHA256, bits(signature)));
  }
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
