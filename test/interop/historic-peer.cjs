'use strict';
/*
 * A historic peer as a process of its own: one unmodified ilp-plugin-payment-channel-framework@1.3.5, told over
 * Node's IPC channel what to do. historic-peer.ts (in the demo) is the typed other end and describes the messages.
 */
const { answerCalls, surviveWeaknesses, tell } = require('./answer-calls.cjs');
const { HistoricPeerLink } = require('./historic-peer-link.cjs');
const { HistoricPeerReceiver } = require('./historic-peer-receiver.cjs');
const { HistoricPeerSender } = require('./historic-peer-sender.cjs');

const BALANCE_WITHIN_MS = 10_000;

let link;
let sender;
let receiver;

const calls = {
  async start(options) {
    link = new HistoricPeerLink(options);
    const secret = Buffer.from(options.secret, 'hex');
    sender = new HistoricPeerSender(link, secret);
    receiver = new HistoricPeerReceiver(link, secret);
    for (const name of ['up', 'down']) link.on(name, () => tell({ event: name }));
    link.on('weakness', (message) => tell({ event: 'weakness', message }));
    await link.start(options.startWithinMs);
  },

  async connected({ withinMs }) {
    await link.live(withinMs);
  },

  async pay({ payments, window }) {
    return sender.pay(payments, window, (counts, of) => tell({ event: 'progress', counts, of }));
  },

  /** `own`: what this peer has counted itself. `asked`: what the other side says. */
  async balances() {
    const plugin = await link.live(BALANCE_WITHIN_MS);
    const asked = await link.request((live) => live.getPeerBalance(), BALANCE_WITHIN_MS);
    return { own: await plugin._transfers.getBalance(), asked };
  },

  async received() {
    return receiver.receipts;
  },

  async cut() {
    link.cut();
  },

  async stop() {
    await link?.stop();
  },
};

// On today's Node a refused login would end a stock peer's process; its supervisor would start it again.
surviveWeaknesses((message) => tell({ event: 'weakness', message }));
answerCalls(calls);
