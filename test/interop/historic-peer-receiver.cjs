'use strict';
/*
 * Does with each incoming payment what its packet's data asks for. What was decided is repeated until it is
 * answered: the plugin counts a fulfillment before it sends it, and never sends it twice.
 */
const { createHmac, randomBytes } = require('node:crypto');
const { setTimeout: sleep } = require('node:timers/promises');
const ilpPacket = require('ilp-packet');
const { btpErrorOf, isUnanswered } = require('./historic-peer-answers.cjs');

const RETRY_MS = 25;
/** A connector that it wants to be heard by may have to be started again meanwhile. */
const PATIENCE_MS = 90_000;

class HistoricPeerReceiver {
  constructor(link, secret) {
    this.link = link;
    this.secret = secret;
    this.known = new Map();
    this.receipts = {
      prepared: 0,
      redelivered: 0,
      fulfilled: 0,
      rejected: 0,
      ignored: 0,
      expired: 0,
      wrongFulfillments: [],
      refusedAnswers: [],
    };
    link.on('incoming_prepare', (transfer) => this.receive(transfer));
    link.on('incoming_cancel', ({ id }) => this.expire(id));
  }

  receive(transfer) {
    const known = this.known.get(transfer.id);
    if (known === undefined) void this.follow(transfer);
    else {
      this.receipts.redelivered++;
      if (known.repeat !== undefined) void this.insist(known);
    }
  }

  async follow(transfer) {
    const packet = ilpPacket.deserializeIlpPayment(Buffer.from(transfer.ilp, 'base64'));
    const data = Buffer.from(packet.data, 'base64');
    const directive = directiveIn(data);
    const entry = { id: transfer.id, label: directive.label, repeat: undefined, insisting: false };
    this.known.set(transfer.id, entry);
    this.receipts.prepared++;
    const fulfillment = createHmac('sha256', this.secret).update(data).digest('base64url');
    if (directive.kind === 'ignore') this.receipts.ignored++;
    else if (directive.kind === 'reject') await this.reject(entry, directive);
    else {
      if (directive.kind === 'delay') await sleep(directive.delayMs);
      if (directive.kind === 'wrong-then-right') await this.tryWrong(entry);
      await this.fulfill(entry, fulfillment);
    }
  }

  async tryWrong(entry) {
    const wrong = randomBytes(32).toString('base64url');
    const untilMs = Date.now() + PATIENCE_MS;
    let answer = await this.answerTo(entry, wrong);
    while (answer === undefined && Date.now() < untilMs) {
      await sleep(RETRY_MS);
      answer = await this.answerTo(entry, wrong);
    }
    this.receipts.wrongFulfillments.push({ label: entry.label, answer: answer ?? 'unanswered' });
  }

  /** Goes past the plugin's own check, which would not let a wrong fulfillment out. */
  async answerTo({ id }, wrong) {
    try {
      await this.link.request((plugin) => plugin._rpc.fulfill(id, wrong, []), PATIENCE_MS);
      return 'accepted';
    } catch (error) {
      const told = btpErrorOf(error);
      if (told === undefined && isUnanswered(error)) return undefined;
      return told?.name ?? error.message;
    }
  }

  async fulfill(entry, fulfillment) {
    entry.repeat = (plugin) => plugin._rpc.fulfill(entry.id, fulfillment, []);
    const first = (plugin) => plugin.fulfillCondition(entry.id, fulfillment);
    if (await this.decide(entry, first)) this.receipts.fulfilled++;
  }

  async reject(entry, { code, name, message }) {
    const plugin = await this.link.live(PATIENCE_MS);
    const triggeredBy = plugin.getAccount();
    const data = { message };
    entry.repeat = (other) =>
      other._rpc.reject(entry.id, [ilpError({ code, name, triggeredBy, data })]);
    const reason = {
      code,
      name,
      triggered_by: triggeredBy,
      triggered_at: new Date(),
      additional_info: data,
    };
    const first = (live) => live.rejectIncomingTransfer(entry.id, reason);
    if (await this.decide(entry, first)) this.receipts.rejected++;
  }

  /** @returns false when the plugin itself refused: then nothing was decided. */
  async decide(entry, first) {
    try {
      await this.link.request(first, PATIENCE_MS);
      entry.answered = true;
    } catch (error) {
      const answer = btpErrorOf(error);
      if (answer !== undefined) this.refused(entry, answer);
      else if (isUnanswered(error)) await this.insist(entry);
      else {
        entry.repeat = undefined;
        this.receipts.refusedAnswers.push({
          label: entry.label,
          answer: `own plugin: ${error.name}`,
        });
        return false;
      }
    }
    return true;
  }

  async insist(entry) {
    if (entry.insisting) return;
    entry.insisting = true;
    for (const untilMs = Date.now() + PATIENCE_MS; Date.now() < untilMs; await sleep(RETRY_MS)) {
      try {
        await this.link.request(entry.repeat, untilMs - Date.now());
        break;
      } catch (error) {
        const answer = btpErrorOf(error);
        if (answer === undefined) continue;
        this.refused(entry, answer);
        break;
      }
    }
    entry.insisting = false;
  }

  refused(entry, { name }) {
    this.receipts.refusedAnswers.push({ label: entry.label, answer: name });
  }

  /** The plugin has told the other side, unless the connection was gone; when asked again, it is told again. */
  expire(id) {
    const entry = this.known.get(id);
    if (entry === undefined) return;
    this.receipts.expired++;
    const timedOut = { code: 'R00', name: 'Transfer Timed Out', data: 'expired' };
    entry.repeat = (plugin) =>
      plugin._rpc.reject(id, [ilpError({ ...timedOut, triggeredBy: plugin.getAccount() })]);
  }
}

function directiveIn(data) {
  try {
    return { kind: 'fulfill', ...JSON.parse(data.toString()) };
  } catch {
    return { kind: 'fulfill', label: data.toString('hex') };
  }
}

function ilpError({ code, name, triggeredBy, data }) {
  const packet = ilpPacket.serializeIlpError({
    code,
    name,
    triggeredBy,
    forwardedBy: [],
    triggeredAt: new Date(),
    data: JSON.stringify(data),
  });
  return { protocolName: 'ilp', contentType: 0, data: packet };
}

module.exports = { HistoricPeerReceiver };
