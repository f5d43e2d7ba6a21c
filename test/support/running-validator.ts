import { numberRequest, readBalance } from '#protocol';
import { BtpPeer, type Script } from '#testing';
import { ConnectorUnderTest } from './connector-under-test';
import { dialsUs, tokenOf } from './dialling-peers';
import { until } from './running-connector';

const RESTARTED_WITHIN_MS = 60_000;

export const DUO = { prefix: 'test.duo.', currencyCode: 'USD', currencyScale: 9 } as const;
/** Most that anna may owe otto. */
export const ANNAS_LIMIT = 1_000n;

const PARTIES = { anna: 'otto', otto: 'anna' } as const;
export type Party = keyof typeof PARTIES;

/** A connector that runs one ledger for two others, anna and otto, with a directory of its own. */
export class RunningValidator {
  private constructor(private readonly connector: ConnectorUnderTest) {}

  /** @param instances as `ledger=2`, where not one of each service is wanted */
  static async start(instances = ''): Promise<RunningValidator> {
    return new RunningValidator(await ConnectorUnderTest.start(validator(), instances));
  }

  /** As that party dials it. */
  uri(party: Party): string {
    return this.connector.uri(tokenOf(party));
  }

  dial(party: Party, ...scripts: Script[]): Promise<BtpPeer> {
    return BtpPeer.dial({ url: this.connector.url, token: tokenOf(party), scripts });
  }

  /** Types of a transfer's events on the ledger towards that party, oldest first. */
  story(party: Party, transferId: string): Promise<string[]> {
    return this.connector.story(party, transferId);
  }

  /** kill -9; resolves when another one has been started. */
  async killLedger(): Promise<void> {
    const killed = this.ledgerPid();
    if (killed === undefined) throw new Error('no ledger is running');
    process.kill(killed, 'SIGKILL');
    await until(RESTARTED_WITHIN_MS, 'the ledger is started again', () => {
      const pid = this.ledgerPid();
      return pid !== undefined && pid !== killed;
    });
  }

  stop(): Promise<void> {
    return this.connector.stop();
  }

  /** Of the first, where there are several. */
  private ledgerPid(): number | undefined {
    return this.connector.processes().find(({ service }) => service === 'ledger')?.pid;
  }
}

/** What the validator says its balance is towards whoever asks. */
export async function balanceTowards(party: BtpPeer): Promise<bigint> {
  const [entry] = (await party.message(numberRequest('balance'))).protocolData;
  if (entry === undefined) throw new Error('no balance was told');
  return readBalance(entry);
}

function validator(): object {
  const party = (id: Party, maxBalance: string): object => {
    const accounts = { account: PARTIES[id], peerAccount: id };
    const ledger = { ...DUO, ...accounts, maxBalance, minBalance: 'unlimited' };
    return dialsUs(id, { relaysTo: PARTIES[id], ledger });
  };
  return {
    connector: { address: 'test.judge' },
    peers: [party('anna', String(ANNAS_LIMIT)), party('otto', 'unlimited')],
  };
}
