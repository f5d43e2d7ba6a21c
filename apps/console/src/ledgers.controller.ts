import { Controller, Get, Param, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  readLedger,
  readLedgers,
  readSettlements,
  readTransfers,
  type LedgerView,
  type SettlementView,
  type TransferView,
} from '#read-models';
import { unknownLedger } from './order-errors';
import { pageLimit } from './page-query';

/** Ledgers and what happened on them, by the read models; amounts are decimal text of base units. */
@Controller('api/ledgers')
export class LedgersController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  async list(): Promise<{ readonly ledgers: readonly LedgerView[] }> {
    return { ledgers: await readLedgers(this.dataSource) };
  }

  @Get(':ledger')
  async one(@Param('ledger') ledger: string): Promise<{ readonly ledger: LedgerView }> {
    return { ledger: await this.known(ledger) };
  }

  /** Newest first. */
  @Get(':ledger/transfers')
  async transfers(
    @Param('ledger') ledger: string,
    @Query('limit') text?: string,
  ): Promise<{ readonly transfers: readonly TransferView[] }> {
    const limit = pageLimit(text);
    await this.known(ledger);
    return { transfers: await readTransfers(this.dataSource, { ledgerId: ledger, limit }) };
  }

  /** Newest first. */
  @Get(':ledger/settlements')
  async settlements(
    @Param('ledger') ledger: string,
    @Query('limit') text?: string,
  ): Promise<{ readonly settlements: readonly SettlementView[] }> {
    const limit = pageLimit(text);
    await this.known(ledger);
    return { settlements: await readSettlements(this.dataSource, { ledgerId: ledger, limit }) };
  }

  private async known(ledger: string): Promise<LedgerView> {
    const found = await readLedger(this.dataSource, ledger);
    if (found === undefined) throw unknownLedger(ledger);
    return found;
  }
}
