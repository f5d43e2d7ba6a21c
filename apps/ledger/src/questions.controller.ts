import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  CONTROL,
  type LedgerListReply,
  type LedgerOpenReply,
  type LedgerOrderReply,
  type PaymentOrderReply,
  type PeersListReply,
} from '#contracts';
import { writtenOrder } from './ledger-orders';
import { LedgerService } from './ledger.service';
import { writtenPayment } from './payment-orders';
import { wantedLedger } from './wanted-ledger';

/**
 * What other services ask of the ledger: which ledgers there are, to open one, to obey an order; and
 * which peers were added at run time.
 */
@Controller()
export class QuestionsController {
  constructor(private readonly service: LedgerService) {}

  @MessagePattern(CONTROL.ledgerList)
  list(): Promise<LedgerListReply> {
    return this.service.list();
  }

  @MessagePattern(CONTROL.ledgerOpen)
  open(@Payload() wanted: unknown): Promise<LedgerOpenReply> {
    return this.service.open(wantedLedger(wanted));
  }

  @MessagePattern(CONTROL.ledgerOrder)
  order(@Payload() order: unknown): Promise<LedgerOrderReply> {
    return this.service.order(writtenOrder(order));
  }

  @MessagePattern(CONTROL.ledgerPay)
  pay(@Payload() order: unknown): Promise<PaymentOrderReply> {
    return this.service.pay(writtenPayment(order));
  }

  @MessagePattern(CONTROL.peersList)
  peers(): Promise<PeersListReply> {
    return this.service.peers();
  }
}
