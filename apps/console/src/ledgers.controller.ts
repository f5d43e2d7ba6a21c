import { Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { pageLimit } from './page-query';

/** Ledgers and transfers as the read models show them; amounts are decimal text of base units. */
@Controller('api/ledgers')
export class LedgersController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  async list(): Promise<unknown> {
    const ledgers: unknown[] = await this.dataSource.query(LEDGERS);
    return { ledgers };
  }

  /** Newest first. */
  @Get(':ledger/transfers')
  async transfers(
    @Param('ledger') ledger: string,
    @Query('limit') limit?: string,
  ): Promise<unknown> {
    const count = pageLimit(limit);
    const known: unknown[] = await this.dataSource.query(
      'SELECT 1 FROM ledgers WHERE ledger_id = $1',
      [ledger],
    );
    if (known.length === 0) throw new NotFoundException(`there is no ledger ${ledger}`);
    const transfers: unknown[] = await this.dataSource.query(TRANSFERS, [ledger, count]);
    return { transfers };
  }
}

const LEDGERS = `
SELECT l.ledger_id AS ledger, l.prefix, l.currency_code AS "currencyCode",
       l.currency_scale AS "currencyScale", l.account, l.peer_account AS "peerAccount", l.authority,
       l.max_balance::text AS "maxBalance", l.min_balance::text AS "minBalance",
       b.balance::text AS balance, b.incoming_prepared::text AS "incomingPrepared",
       b.outgoing_prepared::text AS "outgoingPrepared",
       json_build_object('partition', l.partition, 'position', b.last_position::text) AS "asOf"
  FROM ledgers l JOIN balances b USING (ledger_id)
 ORDER BY l.ledger_id`;

const TRANSFERS = `
SELECT transfer_id AS transfer, direction, amount::text AS amount, status,
       expires_at AS "expiresAt", prepared_at AS "preparedAt", finished_at AS "finishedAt",
       reason_code AS "reasonCode", reason_message AS "reasonMessage",
       reason_triggered_by AS "reasonTriggeredBy", cause_ledger_id AS "causeLedger",
       cause_transfer_id AS "causeTransfer", outgoing_ledger_id AS "outgoingLedger",
       outgoing_transfer_id AS "outgoingTransfer", outgoing_amount::text AS "outgoingAmount"
  FROM transfers WHERE ledger_id = $1
 ORDER BY prepared_version DESC LIMIT $2`;
