import { createHash } from 'node:crypto';
import {
  type BtpPrepare,
  encodeIlp,
  encodeProtocolData,
  ilpEntry,
  jsonEntry,
  type ProtocolData,
  textEntry,
} from '#protocol';
import { prepareFault, shapeOf } from './prepare-shape';

const packet = encodeIlp({
  type: 'payment',
  amount: 100n,
  account: 'test.b.client',
  data: Buffer.from('x'),
});

function prepare(change: Partial<BtpPrepare>): BtpPrepare {
  return {
    type: 'prepare',
    requestId: 1,
    transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
    amount: 1n,
    executionCondition: Buffer.alloc(32),
    expiresAtMs: 0,
    protocolData: [ilpEntry(packet)],
    ...change,
  };
}

/** A payment packet whose data has `size` bytes, made by hand as the codec refuses to. */
function packetWithData(size: number): Buffer {
  const account = Buffer.from('test.b.c');
  const content = Buffer.concat([
    Buffer.alloc(8),
    Buffer.from([account.length]),
    account,
    Buffer.from([0x82, size >> 8, size & 0xff]),
    Buffer.alloc(size),
    Buffer.from([0]),
  ]);
  return Buffer.concat([
    Buffer.from([1, 0x82, content.length >> 8, content.length & 0xff]),
    content,
  ]);
}

describe('prepareFault', () => {
  it('finds none in a Prepare of 1 and more', () => {
    expect(prepareFault(prepare({}))).toBeUndefined();
    expect(prepareFault(prepare({ amount: 2n ** 64n - 1n, protocolData: [] }))).toBeUndefined();
  });

  it('finds an amount of 0', () => {
    expect(prepareFault(prepare({ amount: 0n }))).toContain('amount');
  });

  it('finds an expiry before 1970, and takes one of then', () => {
    expect(prepareFault(prepare({ expiresAtMs: -1 }))).toContain('expiresAt');
    expect(prepareFault(prepare({ expiresAtMs: 0 }))).toBeUndefined();
  });

  it('takes 32,767 bytes of payment data, and no more', () => {
    const withData = (size: number): BtpPrepare =>
      prepare({ protocolData: [ilpEntry(packetWithData(size))] });
    expect(prepareFault(withData(32_767))).toBeUndefined();
    expect(prepareFault(withData(32_768))).toContain('32767');
  });

  it('leaves what is no ILP packet at all to the router', () => {
    expect(
      prepareFault(prepare({ protocolData: [ilpEntry(Buffer.alloc(40_000))] })),
    ).toBeUndefined();
  });
});

describe('shapeOf', () => {
  const digest = (protocolData: ProtocolData[]): Buffer =>
    createHash('sha256').update(encodeProtocolData(protocolData)).digest();

  it('takes one plain ilp entry as the packet alone', () => {
    expect(shapeOf([ilpEntry(packet)])).toEqual({ packet, sideDataDigest: null });
  });

  it.each<[string, ProtocolData[], Buffer]>([
    ['nothing at all', [], Buffer.alloc(0)],
    ['no ilp entry', [jsonEntry('custom', Buffer.from('{}'))], Buffer.alloc(0)],
    ['something beside it', [ilpEntry(packet), textEntry('to', 'test.b.c')], packet],
    ['ilp of another content type', [{ ...ilpEntry(packet), contentType: 1 }], packet],
    ['ilp twice, of which the last counts', [ilpEntry(Buffer.from('a')), ilpEntry(packet)], packet],
  ])('adds a digest of all protocol data when there is %s', (_, protocolData, expected) => {
    expect(shapeOf(protocolData)).toEqual({
      packet: expected,
      sideDataDigest: digest(protocolData),
      sideData: encodeProtocolData(protocolData),
    });
  });
});
