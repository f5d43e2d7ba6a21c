import { btpError, decodeBtp, encodeBtp, readAuth } from '#protocol';
import { ClientHandshake } from './client-handshake';

const handshake = new ClientHandshake({ username: '', token: 'secret' });
const { requestId } = decodeBtp(handshake.frame());
const triggeredAtMs = Date.UTC(2017, 7, 28);

describe('ClientHandshake', () => {
  it('presents the credentials in the first frame', () => {
    expect(readAuth(decodeBtp(handshake.frame()))).toEqual({
      kind: 'credentials',
      username: '',
      token: 'secret',
    });
  });

  it('is welcome with a Response to it', () => {
    const response = encodeBtp({ type: 'response', requestId, protocolData: [] });
    expect(handshake.judge(response)).toEqual({ kind: 'welcome' });
  });

  it('is refused with an Error to it, and says why', () => {
    const error = btpError({ requestId, name: 'NotAcceptedError', message: 'no', triggeredAtMs });
    expect(handshake.judge(encodeBtp(error))).toEqual({
      kind: 'refused',
      reason: 'NotAcceptedError: no',
    });
  });

  it('is refused also with an Error whose date is none', () => {
    const frame = encodeBtp(
      btpError({ requestId, name: 'NotAcceptedError', message: 'no', triggeredAtMs }),
    );
    frame.write('X', frame.indexOf('2017'), 'latin1');
    expect(handshake.judge(frame).kind).toBe('refused');
  });

  it.each<[string, Buffer]>([
    [
      'an answer to something else',
      encodeBtp({ type: 'response', requestId: (requestId ^ 1) >>> 0, protocolData: [] }),
    ],
    ['a request', encodeBtp({ type: 'message', requestId, protocolData: [] })],
    ['bytes that mean nothing', Buffer.from('ff', 'hex')],
  ])('is not impressed by %s', (_, frame) => {
    expect(handshake.judge(frame)).toEqual({ kind: 'ignore' });
  });
});
