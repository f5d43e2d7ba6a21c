import {
  alphaCredentials,
  alphaFromBtp,
  alphaWebSocketUrl,
  type BtpPacket,
  btpFromAlpha,
  decodeBtp,
  decodeBtpAlpha,
  encodeBtp,
  encodeBtpAlpha,
  parseBtpUri,
} from '#protocol';

/** How the packets of a peer stand on the wire; scripts and tests have them as BTP/1.0. */
export interface PeerDialect {
  decode(frame: Buffer): BtpPacket;
  encode(packet: BtpPacket): Buffer;
}

export const BTP_1_0: PeerDialect = { decode: decodeBtp, encode: encodeBtp };

/** Signs its errors as `test.peer`. */
export const BTP_ALPHA: PeerDialect = {
  decode: (frame) => btpFromAlpha(decodeBtpAlpha(frame)),
  encode: (packet) =>
    encodeBtpAlpha(alphaFromBtp(packet, { account: 'test.peer', nowMs: Date.now() })),
};

/** Where a peer of BTP/alpha that listens is dialled: below it come its username and token. */
export const ALPHA_LISTEN_PATH = '/peer';

export interface Credentials {
  readonly username?: string | undefined;
  readonly token?: string | undefined;
}

/** Where a BTP/alpha peer opens its WebSocket: credentials are part of the path. */
export function alphaDialUrl(url: string, { username = '', token = '' }: Credentials): string {
  return alphaWebSocketUrl({ ...parseBtpUri(`btp+${url}`), username, token });
}

/** Whether the path that somebody dialled holds these credentials. */
export function holdsCredentials(
  path: string,
  { username = '', token = '' }: Credentials,
): boolean {
  const told = alphaCredentials(path, ALPHA_LISTEN_PATH);
  return told?.username === username && told.token === token;
}
