'use strict';
/*
 * Sends conditional payments and waits for what becomes of each. The packet's data tells the receiver what to do,
 * and the fulfillment is HMAC-SHA-256(secret, packet data): the transfer's id changes at every hop, the packet
 * never does.
 */
const { createHash, createHmac, randomUUID } = require('node:crypto');
const { setTimeout: sleep } = require('node:timers/promises');
const ilpPacket = require('ilp-packet');
const { btpErrorOf, isTemporary, isUnanswered } = require('./historic-peer-answers.cjs');

const RETRY_MS = 50;
/**
 * How long past its expiry a transfer that was accepted may stay open: the plugin tells of an expiry only when the other
 * side has answered its R00, or 5 s later, and the other side may have to start a process that was killed.
 */
const GRACE_MS = 30_000;
const PROGRESS_MS = 100;
/** How long the reason of a rejection is waited for that only the answer to a second Prepare has told of. */
const REASON_WITHIN_MS = 2_000;

/** Answers to a Prepare that had been taken before and is decided; a Fulfill is sure to follow, a Reject may be lost. */
const DECIDED = {
  AlreadyFulfilledError: {},
  AlreadyRolledBackError: { outcome: 'rejected', name: 'AlreadyRolledBackError' },
};

class HistoricPeerSender {
  constructor(link, secret) {
    this.link = link;
    this.secret = secret;
    this.open = new Map();
    link.on('outgoing_fulfill', ({ id }) => this.settle(id, { outcome: 'fulfilled' }));
    link.on('outgoing_reject', ({ id }, { code, name }) => {
      this.settle(id, { outcome: code === 'R00' ? 'expired' : 'rejected', code, name });
    });
    link.on('outgoing_cancel', ({ id }) => this.settle(id, { outcome: 'expired' }));
  }

  settle(id, outcome) {
    this.open.get(id)?.(outcome);
  }

  /** @returns one result for each payment, in their order. */
  async pay(payments, window, onProgress) {
    const results = new Array(payments.length);
    const counts = {};
    let next = 0;
    const lane = async () => {
      while (next < payments.length) {
        const index = next++;
        const result = await this.payOne(payments[index]);
        results[index] = result;
        counts[result.outcome] = (counts[result.outcome] ?? 0) + 1;
      }
    };
    const tell = () => onProgress({ ...counts }, payments.length);
    const ticking = setInterval(tell, PROGRESS_MS);
    await Promise.all(Array.from({ length: Math.min(window, payments.length) }, lane));
    clearInterval(ticking);
    tell();
    return results;
  }

  async payOne(payment) {
    const { label, amount, delivers, expiresInMs, behaviour } = payment;
    const beganAt = Date.now();
    const transfer = this.transferFor(payment, beganAt + expiresInMs);
    const decided = this.outcomeOf(transfer.id, beganAt + expiresInMs + GRACE_MS);
    const sending = await this.deliver(transfer, beganAt + expiresInMs);
    if (sending.outcome === 'rejected') await Promise.race([decided, sleep(REASON_WITHIN_MS)]);
    if (sending.outcome !== undefined) this.settle(transfer.id, sending);
    const result = await decided;
    if (result.outcome !== 'fulfilled') await this.forget(transfer.id);
    const { accepted, sends } = sending;
    const latencyMs = Date.now() - beganAt;
    return {
      label,
      asked: behaviour.kind,
      amount,
      delivers,
      accepted,
      sends,
      latencyMs,
      ...result,
    };
  }

  transferFor({ label, amount, delivers, to, behaviour }, expiresAtMs) {
    const data = Buffer.from(JSON.stringify({ label, ...behaviour }));
    const fulfillment = createHmac('sha256', this.secret).update(data).digest();
    const packet = { amount: delivers, account: to, data: data.toString('base64url') };
    return {
      id: randomUUID(),
      amount,
      executionCondition: createHash('sha256').update(fulfillment).digest('base64url'),
      expiresAt: new Date(expiresAtMs).toISOString(),
      ilp: ilpPacket.serializeIlpPayment(packet).toString('base64url'),
    };
  }

  /** A transfer that nobody decides is open beyond its expiry: that is for the caller to complain about. */
  outcomeOf(id, untilMs) {
    return new Promise((resolve) => {
      const giveUp = () => this.settle(id, { outcome: 'unresolved' });
      const waiting = setTimeout(giveUp, untilMs - Date.now());
      this.open.set(id, (outcome) => {
        clearTimeout(waiting);
        this.open.delete(id);
        resolve(outcome);
      });
    });
  }

  /** Sends the same Prepare until it is answered for good: it is idempotent by its transfer id. */
  async deliver(transfer, untilMs) {
    const send = (plugin) =>
      plugin.sendTransfer({ ...transfer, from: plugin.getAccount(), to: plugin.getPeerAccount() });
    for (let sends = 1; ; sends++) {
      try {
        await this.link.request(send, untilMs - Date.now());
        return { accepted: true, sends };
      } catch (error) {
        const answer = btpErrorOf(error);
        const decided = sends > 1 ? DECIDED[answer?.name] : undefined;
        if (decided !== undefined) return { accepted: true, sends, ...decided };
        if (answer === undefined ? !isUnanswered(error) : !isTemporary(answer)) {
          const { name, code } = answer ?? error;
          return { accepted: false, sends, outcome: 'refused', name, ...(code && { code }) };
        }
        if (!this.open.has(transfer.id)) return { accepted: true, sends };
        if (Date.now() >= untilMs) return { accepted: false, sends, outcome: 'undelivered' };
      }
      await sleep(RETRY_MS);
    }
  }

  /** The plugin holds the amount of a transfer that was not answered for ever; a restarted peer would not. */
  async forget(id) {
    await this.link.log?.cancel(id).catch(() => undefined);
  }
}

module.exports = { HistoricPeerSender };
