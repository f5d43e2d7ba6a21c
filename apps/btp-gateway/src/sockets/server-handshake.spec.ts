import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  authMessage,
  type BtpPacket,
  encodeBtp,
  octetEntry,
  type ProtocolData,
  textEntry,
} from '#protocol';
import type { PeerSettings } from '#platform';
import { judgeFirstFrame } from './server-handshake';

const PEER = { id: 'alice' } as unknown as PeerSettings;
const recognise = (username: string, token: string): PeerSettings | undefined =>
  username === 'u' && token === 't' ? PEER : undefined;

const auth = octetEntry('auth', Buffer.alloc(0));
const username = textEntry('auth_username', 'u');
const token = textEntry('auth_token', 't');

function message(...protocolData: ProtocolData[]): Buffer {
  return encodeBtp({ type: 'message', requestId: 7, protocolData });
}

const prepare: BtpPacket = {
  type: 'prepare',
  requestId: 7,
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  amount: 1n,
  executionCondition: Buffer.alloc(32),
  expiresAtMs: Date.UTC(2017, 7, 28, 9, 32),
  protocolData: [],
};

/** A Prepare that is whole but for its date. */
function flawedPrepare(): Buffer {
  const frame = encodeBtp(prepare);
  frame.write('X', frame.indexOf('20170828'), 'latin1');
  return frame;
}

describe('the first frame of a socket (SPEC §5.5)', () => {
  it('opens the socket when the credentials match', () => {
    expect(judgeFirstFrame(encodeBtp(authMessage(7, 'u', 't')), recognise)).toEqual({
      kind: 'welcome',
      requestId: 7,
      peer: PEER,
    });
  });

  it('takes username and token in any order, with further entries', () => {
    const frame = message(auth, token, textEntry('more', 'x'), username);
    expect(judgeFirstFrame(frame, recognise).kind).toBe('welcome');
  });

  it.each<[string, Buffer, string]>([
    ['is a Prepare', encodeBtp(prepare), 'InvalidFieldsError'],
    ['is a Prepare with an impossible date', flawedPrepare(), 'InvalidFieldsError'],
    [
      'is a Fulfill',
      encodeBtp({ ...prepare, type: 'fulfill', fulfillment: Buffer.alloc(32) }),
      'InvalidFieldsError',
    ],
    ['is a Reject', encodeBtp({ ...prepare, type: 'reject' }), 'InvalidFieldsError'],
    ['has another primary entry', message(username, auth, token), 'InvalidFieldsError'],
    ['has no entries', message(), 'InvalidFieldsError'],
    ['lacks the token', message(auth, username), 'InvalidFieldsError'],
    ['lacks the username', message(auth, token), 'InvalidFieldsError'],
    ['repeats a name', message(auth, username, token, token), 'InvalidFieldsError'],
    ['repeats auth', message(auth, username, token, auth), 'InvalidFieldsError'],
    [
      'has a username that is no text',
      message(auth, octetEntry('auth_username', Buffer.from('u')), token),
      'NotAcceptedError',
    ],
    [
      'has a token that is no text',
      message(auth, username, octetEntry('auth_token', Buffer.from('t'))),
      'NotAcceptedError',
    ],
    [
      'has a wrong token',
      message(auth, username, textEntry('auth_token', 'x')),
      'NotAcceptedError',
    ],
    [
      'has a wrong username',
      message(auth, textEntry('auth_username', ''), token),
      'NotAcceptedError',
    ],
  ])('is answered with an Error when it %s', (_, frame, error) => {
    const verdict = judgeFirstFrame(frame, recognise);
    expect(verdict).toMatchObject({ kind: 'refuse', requestId: 7, error });
  });

  it('says to a token without a username that it takes it for BTP/2.0', () => {
    expect(judgeFirstFrame(message(auth, token), recognise)).toMatchObject({
      kind: 'refuse',
      error: 'InvalidFieldsError',
      message: expect.stringMatching(/BTP\/2\.0.*BTP\/1\.0 and BTP\/alpha/) as string,
    });
    const neither = judgeFirstFrame(message(auth), recognise);
    expect(JSON.stringify(neither)).not.toContain('BTP/2.0');
  });

  it('never repeats a token in the reason', () => {
    const frame = message(auth, username, textEntry('auth_token', 'hunter2'));
    expect(JSON.stringify(judgeFirstFrame(frame, recognise))).not.toContain('hunter2');
  });

  it.each<[string, Buffer]>([
    ['is empty', Buffer.alloc(0)],
    ['is cut short', encodeBtp(authMessage(7, 'u', 't')).subarray(0, 20)],
    ['has an unknown type', Buffer.from('07000000010100', 'hex')],
    ['is a Response', encodeBtp({ type: 'response', requestId: 7, protocolData: [] })],
  ])('is not answered when it %s', (_, frame) => {
    expect(judgeFirstFrame(frame, recognise)).toEqual({ kind: 'ignore' });
  });

  it('opens for what a historic client sends', () => {
    const path = join(__dirname, '../../../../test/vectors/vectors.json');
    const vectors = JSON.parse(readFileSync(path, 'utf8')) as {
      btp: { id: string; hex: string }[];
    };
    const frame = vectors.btp.find(({ id }) => id === 'v1-message-auth')?.hex ?? '';
    const known = (user: string, secret: string): PeerSettings | undefined =>
      user === 'someUsername' && secret === 'someToken' ? PEER : undefined;
    expect(judgeFirstFrame(Buffer.from(frame, 'hex'), known)).toMatchObject({
      kind: 'welcome',
      requestId: 1,
    });
  });
});
