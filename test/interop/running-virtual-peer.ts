import { z } from 'zod';
import { CalledProcess } from '../../apps/causeway/src/demo/called-process';
import {
  balancesSchema,
  outcomesSchema,
  type PaymentOrder,
  type PaymentOutcome,
  type PeerBalances,
  type PeerReceipts,
  receiptsSchema,
} from '../../apps/causeway/src/demo/historic-peer.messages';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import type { VirtualTerms } from './virtual-keys';

export interface VirtualOptions extends Omit<VirtualTerms, 'secret'> {
  /** Of the plugin, base64url. */
  readonly key: string;
  /** Hex; both ends of a payment share it. */
  readonly secret: string;
  /** Where it calls us. */
  readonly rpcUri: string;
  readonly maxBalance: string;
}

const knownSchema = z.object({ prefix: z.string(), account: z.string() });
const messageSchema = z.object({
  ledger: z.string(),
  from: z.string(),
  to: z.string(),
  ilp: z.string().optional(),
  custom: z.unknown().optional(),
});
const weaknessSchema = z.object({ weakness: z.string() });

/** One unmodified ilp-plugin-virtual@16 in a process of its own, which ends when we end. */
export class VirtualPeer {
  /** What it could not cope with. */
  readonly weaknesses: string[] = [];
  private readonly process: CalledProcess;

  private constructor(readonly name: string) {
    this.process = new CalledProcess({
      name,
      program: inRepository('test', 'interop', 'virtual-peer.cjs'),
      onMessage: (message) => {
        this.weaknesses.push(weaknessSchema.parse(message).weakness);
      },
    });
  }

  /** Nobody is its peer before `connect`. */
  static async listen(name: string): Promise<{ peer: VirtualPeer; port: number }> {
    const peer = new VirtualPeer(name);
    return { peer, port: z.number().parse(await peer.process.call('listen')) };
  }

  /** @returns what the plugin has derived */
  async connect({ key, secret, ...options }: VirtualOptions): Promise<z.infer<typeof knownSchema>> {
    // The plugin's own secret bears the name that the payments' has here.
    const known = await this.process.call('connect', { ...options, pluginSecret: key, secret });
    return knownSchema.parse(known);
  }

  async pay(payments: readonly PaymentOrder[], window: number): Promise<PaymentOutcome[]> {
    return outcomesSchema.parse(await this.process.call('pay', { payments, window }));
  }

  /** Resolves with the transfer's id when the plugin has given it up by its own clock. */
  async payTooMuch(amount: string, expiresInMs: number): Promise<string> {
    return z.string().parse(await this.process.call('payTooMuch', { amount, expiresInMs }));
  }

  async balances(): Promise<PeerBalances> {
    return balancesSchema.parse(await this.process.call('balances'));
  }

  /** Minus what we let it owe us. */
  async limit(): Promise<string> {
    return z.string().parse(await this.process.call('limit'));
  }

  async ask(content: { readonly ilp?: string; readonly custom?: object }) {
    return messageSchema.parse(await this.process.call('ask', content));
  }

  async tell(content: object): Promise<void> {
    await this.process.call('tell', content);
  }

  async received(): Promise<PeerReceipts> {
    return receiptsSchema.parse(await this.process.call('received'));
  }

  async refuseWith(status: number): Promise<void> {
    await this.process.call('refuseWith', { status });
  }

  async setDeaf(isDeaf: boolean): Promise<void> {
    await this.process.call('setDeaf', { isDeaf });
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}
