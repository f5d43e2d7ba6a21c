'use strict';
/*
 * A peer with ilp-plugin-virtual as a process of its own, told over Node's IPC channel what to do. running-virtual-peer.ts
 * is the typed other end.
 */
const { randomUUID } = require('node:crypto');
const { answerCalls, surviveWeaknesses, tell } = require('./answer-calls.cjs');
const { HistoricPeerReceiver } = require('./historic-peer-receiver.cjs');
const { HistoricPeerSender } = require('./historic-peer-sender.cjs');
const { VirtualLink } = require('./virtual-link.cjs');

const link = new VirtualLink();
let sender;
let receiver;

const calls = {
  async listen() {
    return link.listen();
  },

  async connect({ secret, pluginSecret, ...options }) {
    const known = await link.connect({ ...options, secret: pluginSecret });
    const shared = Buffer.from(secret, 'hex');
    sender = new HistoricPeerSender(link, shared);
    receiver = new HistoricPeerReceiver(link, shared);
    return known;
  },

  async pay({ payments, window }) {
    return sender.pay(payments, window, () => undefined);
  },

  /** A conditional transfer beyond whatever limit there is. */
  async payTooMuch({ amount, expiresInMs }) {
    const { plugin } = link;
    const id = randomUUID();
    const cancelled = new Promise((resolve) => {
      link.on('outgoing_cancel', (transfer) => transfer.id === id && resolve());
    });
    await plugin.sendTransfer({
      id,
      amount,
      from: plugin.getAccount(),
      to: plugin.getPeerAccount(),
      executionCondition: Buffer.alloc(32).toString('base64url'),
      expiresAt: new Date(Date.now() + expiresInMs).toISOString(),
    });
    await cancelled;
    return id;
  },

  /** `own`: what the plugin has counted itself. `asked`: what the other side says, from this side. */
  async balances() {
    return { own: await link.plugin.getBalance(), asked: await link.plugin.getPeerBalance() };
  },

  async limit() {
    return link.plugin.getLimit();
  },

  /** Sends a request; with bytes in base64url for `ilp`, or with an object for `custom`. */
  async ask(content) {
    const { plugin } = link;
    const { prefix } = plugin.getInfo();
    const addresses = { ledger: prefix, from: plugin.getAccount(), to: plugin.getPeerAccount() };
    return plugin.sendRequest({ ...addresses, ...content });
  },

  /** A connector of old sends its routes one way. */
  async tell(content) {
    const { plugin } = link;
    const { prefix } = plugin.getInfo();
    const addresses = { ledger: prefix, from: plugin.getAccount(), to: plugin.getPeerAccount() };
    await plugin.sendMessage({ ...addresses, ...content });
  },

  async received() {
    return receiver.receipts;
  },

  /** Whether errors are told with 422 or, as ilp-kit did, with 200. */
  async refuseWith({ status }) {
    link.refusalStatus = status;
  },

  /** Breaks whatever comes in, as a server that is going down. */
  async setDeaf({ isDeaf }) {
    link.isDeaf = isDeaf;
  },

  async stop() {
    link.stop();
  },
};

// The plugin lets whatever a store or a timer throws fall; on today's Node that would end the process.
surviveWeaknesses((weakness) => tell({ weakness }));
answerCalls(calls);
