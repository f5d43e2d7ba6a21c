import type { OnApplicationBootstrap } from '@nestjs/common';
import type { Subjects } from '#contracts';
import { partitionOf } from '#contracts';
import type { BatchedLink } from '#messaging';
import type { ShutdownSequence } from '#platform';
import type { PrepareDesk } from './prepare-desk';

/** Of all routers one plans a payment. */
const QUEUE = 'router';

/** Brings what gateways send to the desk. */
export class PrepareListener implements OnApplicationBootstrap {
  constructor(
    private readonly link: BatchedLink,
    private readonly desk: PrepareDesk,
    private readonly wiring: { readonly subject: string; readonly shutdown: ShutdownSequence },
  ) {}

  onApplicationBootstrap(): void {
    const { subject, shutdown } = this.wiring;
    const { desk } = this;
    const listening = this.link.listen(subject, { queue: QUEUE }, (entry) => {
      desk.receive(entry);
    });
    shutdown.add('stop-accepting', 'prepares', async () => {
      await listening.stop();
      desk.close();
    });
    shutdown.add('flush', 'planned payments', () => {
      this.link.flush();
      return Promise.resolve();
    });
  }
}

/** Sends to the owner of a ledger; the subjects are put together once, not per payment. */
export function sendToOwner(
  link: BatchedLink,
  subjects: Subjects,
  partitions: number,
): (ledgerId: string, entry: Buffer) => void {
  const byPartition = Array.from({ length: partitions }, (_, partition) =>
    subjects.ledgerPartition(partition),
  );
  return (ledgerId, entry) => {
    const partition = partitionOf(ledgerId, partitions);
    link.send(byPartition[partition] ?? subjects.ledgerPartition(partition), entry);
  };
}
