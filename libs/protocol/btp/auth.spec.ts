import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuthFault, authMessage, readAuth } from './auth';
import { decodeBtp, encodeBtp } from './btp-codec';
import type { BtpPacket, ProtocolData } from './btp-packet';
import { octetEntry, textEntry } from './sub-protocols';

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as { readonly btp: readonly { readonly id: string; readonly hex: string }[] };

const auth = octetEntry('auth', Buffer.alloc(0));
const username = textEntry('auth_username', 'someUsername');
const token = textEntry('auth_token', 'someToken');
const message = (...protocolData: ProtocolData[]): BtpPacket => ({
  type: 'message',
  requestId: 1,
  protocolData,
});

describe('authMessage', () => {
  it('is the vector v1-message-auth', () => {
    const { hex } = vectors.btp.find(({ id }) => id === 'v1-message-auth')!;
    expect(encodeBtp(authMessage(1, 'someUsername', 'someToken')).toString('hex')).toBe(hex);
    expect(readAuth(decodeBtp(Buffer.from(hex, 'hex')))).toEqual({
      kind: 'credentials',
      username: 'someUsername',
      token: 'someToken',
    });
  });

  it('always carries both entries, also where they are empty', () => {
    expect(authMessage(1, '', '').protocolData).toHaveLength(3);
    expect(readAuth(authMessage(1, '', ''))).toEqual({
      kind: 'credentials',
      username: '',
      token: '',
    });
  });
});

describe('readAuth', () => {
  it.each([
    ['in any order', message(auth, token, username)],
    ['with further entries', message(auth, username, octetEntry('foo', Buffer.of(1)), token)],
  ])('reads the credentials %s', (_, packet) => {
    expect(readAuth(packet)).toMatchObject({ username: 'someUsername', token: 'someToken' });
  });

  it('reads UTF-8', () => {
    expect(readAuth(authMessage(1, 'é', '✓'))).toMatchObject({ username: 'é', token: '✓' });
  });

  it.each<[string, BtpPacket, AuthFault, string]>([
    [
      'a Response',
      { type: 'response', requestId: 1, protocolData: [auth, username, token] },
      'not-a-message',
      'InvalidFieldsError',
    ],
    [
      'another primary entry',
      message(username, auth, token),
      'primary-not-auth',
      'InvalidFieldsError',
    ],
    ['no entries', message(), 'primary-not-auth', 'InvalidFieldsError'],
    ['no token', message(auth, username), 'missing-entry', 'InvalidFieldsError'],
    ['neither', message(auth), 'missing-entry', 'InvalidFieldsError'],
    ['no username', message(auth, token), 'later-protocol', 'InvalidFieldsError'],
    [
      'a token of octets',
      message(auth, username, octetEntry('auth_token', Buffer.from('someToken'))),
      'wrong-content-type',
      'NotAcceptedError',
    ],
    [
      'a username of octets',
      message(auth, octetEntry('auth_username', Buffer.alloc(0)), token),
      'wrong-content-type',
      'NotAcceptedError',
    ],
    ['two tokens', message(auth, username, token, token), 'duplicate-names', 'InvalidFieldsError'],
    [
      'two of anything',
      message(auth, auth, username, token),
      'duplicate-names',
      'InvalidFieldsError',
    ],
  ])('refuses %s', (_, packet, fault, error) => {
    expect(readAuth(packet)).toEqual({ kind: 'refused', fault, error });
  });
});
