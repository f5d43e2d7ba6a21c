import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BtpAlphaPacket, BtpPacket, IlpPacket, ProtocolData } from '../../libs/protocol';
import { encodeCurve, encodeIlp } from '../../libs/protocol';

/**
 * The historic codecs, and the shape in which they hold what our packets mean: dates as Date,
 * amounts as decimal text, conditions and payment data as base64url, texts as strings.
 */

const load = createRequire(join(__dirname, 'package.json'));

export interface HistoricPacket {
  readonly type: number;
  readonly requestId: number;
  readonly data: unknown;
}

interface BtpPacketModule {
  readonly BTP_VERSION_ALPHA: number;
  readonly BTP_VERSION_1: number;
  serialize(packet: HistoricPacket, version: number): Buffer;
  deserialize(bytes: Buffer, version: number): HistoricPacket;
}

interface IlpPacketModule {
  serializeIlpPacket(packet: { readonly type: number; readonly data: unknown }): Buffer;
  deserializeIlpPacket(bytes: Buffer): { readonly type: number; readonly data: unknown };
}

export const historicBtp = load('btp-packet') as BtpPacketModule;
export const historicIlp = load('ilp-packet') as IlpPacketModule;

/** Numbers as btp-packet counts them; on the wire alpha adds one. */
export const BTP_TYPE = {
  ack: 0,
  response: 1,
  error: 2,
  prepare: 3,
  fulfill: 4,
  reject: 5,
  message: 6,
} as const;

const ILP_TYPE = {
  payment: 1,
  'liquidity-request': 2,
  'liquidity-response': 3,
  'by-source-request': 4,
  'by-source-response': 5,
  'by-destination-request': 6,
  'by-destination-response': 7,
  error: 8,
  'fulfillment-data': 9,
  'forwarded-payment': 10,
  rejection: 11,
};

export function toHistoricBtp(packet: BtpPacket): HistoricPacket {
  const { requestId } = packet;
  return { type: BTP_TYPE[packet.type], requestId, data: btpData(packet) };
}

/** In alpha, packets of nothing but protocol data are that list itself. */
export function toHistoricAlpha(packet: BtpAlphaPacket): HistoricPacket {
  const { type, requestId } = packet;
  return { type: BTP_TYPE[type], requestId, data: alphaData(packet) };
}

function btpData(packet: BtpPacket): unknown {
  const protocolData = entries(packet.protocolData);
  switch (packet.type) {
    case 'response':
    case 'message':
      return { protocolData };
    case 'error':
      return {
        code: packet.code,
        name: packet.name,
        triggeredAt: new Date(packet.triggeredAtMs),
        data: packet.data.toString('utf8'),
        protocolData,
      };
    case 'reject':
      return { transferId: packet.transferId, protocolData };
    default:
      return transferData(packet, protocolData);
  }
}

function alphaData(packet: BtpAlphaPacket): unknown {
  const protocolData = entries(packet.protocolData);
  switch (packet.type) {
    case 'ack':
    case 'response':
    case 'message':
      return protocolData;
    case 'error':
      return { rejectionReason: encodeIlp(packet.rejectionReason), protocolData };
    case 'reject':
      return {
        transferId: packet.transferId,
        rejectionReason: encodeIlp(packet.rejectionReason),
        protocolData,
      };
    default:
      return transferData(packet, protocolData);
  }
}

function transferData(
  packet: Extract<BtpPacket, { type: 'prepare' | 'fulfill' }>,
  protocolData: ProtocolData[],
): unknown {
  const { transferId } = packet;
  if (packet.type === 'fulfill') {
    return { transferId, fulfillment: packet.fulfillment.toString('base64url'), protocolData };
  }
  return {
    transferId,
    amount: packet.amount.toString(),
    executionCondition: packet.executionCondition.toString('base64url'),
    expiresAt: new Date(packet.expiresAtMs),
    protocolData,
  };
}

function entries(protocolData: readonly ProtocolData[]): ProtocolData[] {
  return [...protocolData];
}

export function toHistoricIlp(packet: IlpPacket): { type: number; data: unknown } {
  return { type: ILP_TYPE[packet.type], data: ilpData(packet) };
}

function ilpData(packet: IlpPacket): unknown {
  switch (packet.type) {
    case 'payment': {
      const { account, data } = packet;
      return { amount: packet.amount.toString(), account, data: data.toString('base64url') };
    }
    case 'forwarded-payment':
      return { account: packet.account, data: packet.data.toString('base64url') };
    case 'fulfillment-data':
      return { data: packet.data.toString('base64url') };
    case 'rejection': {
      const { code, triggeredBy, message, data } = packet;
      return { code, triggeredBy, message, data };
    }
    case 'error': {
      const { code, name, triggeredBy, forwardedBy } = packet;
      const triggeredAt = new Date(packet.triggeredAtMs);
      return {
        code,
        name,
        triggeredBy,
        forwardedBy: [...forwardedBy],
        triggeredAt,
        data: packet.data.toString('ascii'),
      };
    }
    default:
      return ilqpData(packet);
  }
}

type Ilqp = Exclude<
  IlpPacket,
  { type: 'payment' | 'forwarded-payment' | 'fulfillment-data' | 'rejection' | 'error' }
>;

function ilqpData(packet: Ilqp): unknown {
  switch (packet.type) {
    case 'liquidity-request':
      return {
        destinationAccount: packet.destinationAccount,
        destinationHoldDuration: packet.destinationHoldDurationMs,
      };
    case 'liquidity-response':
      return {
        liquidityCurve: encodeCurve(packet.points),
        appliesToPrefix: packet.appliesToPrefix,
        sourceHoldDuration: packet.sourceHoldDurationMs,
        expiresAt: new Date(packet.expiresAtMs),
      };
    case 'by-source-request':
      return {
        destinationAccount: packet.destinationAccount,
        sourceAmount: packet.sourceAmount.toString(),
        destinationHoldDuration: packet.destinationHoldDurationMs,
      };
    case 'by-source-response':
      return {
        destinationAmount: packet.destinationAmount.toString(),
        sourceHoldDuration: packet.sourceHoldDurationMs,
      };
    case 'by-destination-request':
      return {
        destinationAccount: packet.destinationAccount,
        destinationAmount: packet.destinationAmount.toString(),
        destinationHoldDuration: packet.destinationHoldDurationMs,
      };
    case 'by-destination-response':
      return {
        sourceAmount: packet.sourceAmount.toString(),
        sourceHoldDuration: packet.sourceHoldDurationMs,
      };
  }
}
