'use strict';
/*
 * Keeps one unmodified ilp-plugin-payment-channel-framework on the line, as dialler or as listener.
 *
 * The plugin cannot live through a broken connection: as a client it never dials again, as a server it keeps the
 * dead socket in its list and fails every later request on it. So whoever ran it restarted it. The link does the
 * same: when the socket is gone it makes a new plugin with the same options, on the same port and the same
 * transfer log, and dials or listens again.
 *
 * The transfer log is the plugin's own, made once and handed to each new plugin through its `_backend` option: a
 * log that the plugin makes anew forgets what is prepared, and this peer is to know what it owes after a restart.
 */
const { EventEmitter, once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const Plugin = require('ilp-plugin-payment-channel-framework');
const transferLogs = require('ilp-plugin-payment-channel-framework/src/util/backend');
const { btpErrorOf } = require('./historic-peer-answers.cjs');
const { MemoryStore } = require('./historic-memory.cjs');

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1000;
const ATTEMPT_MS = 4000;

const FORWARDED_EVENTS = [
  'incoming_prepare',
  'incoming_cancel',
  'outgoing_fulfill',
  'outgoing_reject',
  'outgoing_cancel',
];

class LinkLost extends Error {
  constructor() {
    super('the connection is gone');
    this.name = 'LinkLost';
  }
}

/** Emits up, down, weakness and, from every plugin that it ever made, the plugin's transfer events. */
class HistoricPeerLink extends EventEmitter {
  /** @param options PeerOptions of historic-peer.ts */
  constructor(options) {
    super();
    this.setMaxListeners(0);
    this.options = options;
    this.plugin = undefined;
    this.stopped = false;
    if (options.stateful) this.makeLog(new MemoryStore());
    if (options.ledger !== undefined) this.known = factsOf(options.ledger);
  }

  makeLog(store) {
    const { maxBalance, minBalance } = this.options;
    this.log = transferLogs(store).getTransferLog({
      store,
      maximum: maxBalance,
      minimum: minBalance,
    });
    this.memory = {
      _store: store,
      _backend: { getTransferLog: () => this.log },
      maxBalance,
      ...(minBalance === undefined ? {} : { minBalance }),
    };
  }

  /** Resolves when the listener listens, or when the dialler is connected for the first time. */
  async start(withinMs) {
    this.running = this.run();
    const ready = this.options.role === 'listener' ? 'listening' : 'up';
    await once(this, ready, { signal: AbortSignal.timeout(withinMs) });
  }

  async run() {
    let delayMs = FIRST_DELAY_MS;
    while (!this.stopped) {
      const attempt = this.attempt();
      try {
        await this.establish(attempt);
        delayMs = FIRST_DELAY_MS;
        this.plugin = attempt.plugin;
        this.emit('up');
        await attempt.lost;
      } catch (error) {
        this.emit('weakness', `connecting failed: ${error.message}`);
      }
      this.plugin = undefined;
      this.emit('down');
      await this.retire(attempt);
      if (!this.stopped) await sleep(delayMs);
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    }
  }

  attempt() {
    const attempt = { sockets: [], plugin: new Plugin(this.pluginOptions()) };
    attempt.lost = new Promise((resolve) => {
      attempt.lose = resolve;
    });
    this.watch(attempt);
    this.current = attempt;
    return attempt;
  }

  pluginOptions() {
    const { role, uri, port, token } = this.options;
    const line =
      role === 'dialler' ? { server: uri } : { listener: { port }, incomingSecret: token };
    return { ...this.memory, ...this.known, ...line };
  }

  /** Sees every socket that the plugin takes. An abrupt end would otherwise end this process: nobody else listens. */
  watch(attempt) {
    const { plugin } = attempt;
    const stock = plugin.addSocket;
    plugin.addSocket = (socket, credentials) => {
      attempt.sockets.push(socket);
      socket.on('error', (error) => this.emit('weakness', `socket: ${error.message}`));
      socket.on('close', () => {
        const entry = plugin._rpc._sockets.find((other) => other?.socket === socket);
        if (entry === undefined || entry.authenticated) attempt.lose();
      });
      return stock(socket, credentials);
    };
    plugin._listener?.server.on('error', (error) => {
      this.emit('weakness', `listener: ${error.message}`);
      attempt.lose();
    });
    for (const name of FORWARDED_EVENTS) plugin.on(name, (...parts) => this.emit(name, ...parts));
    plugin.registerRequestHandler(async ({ ledger, to, from, ilp }) => {
      if (ilp !== undefined) throw new Error('this peer answers no quotes');
      return { ledger, to: from, from: to };
    });
  }

  async establish(attempt) {
    const refused = attempt.lost.then(() => {
      throw new LinkLost();
    });
    await Promise.race([
      refused,
      this.options.role === 'listener' ? this.listen(attempt) : this.dial(attempt),
    ]);
  }

  async dial({ plugin }) {
    const late = sleep(ATTEMPT_MS, 'late', { ref: false });
    if ((await Promise.race([this.greet(plugin), late])) === 'late') throw new Error('no answer');
  }

  /**
   * The plugin dials with its first request: `info` when it does not know the ledger yet. Until that is answered it
   * refuses whatever comes in with a TypeError, so a peer that comes back brings what it has learned. One that knows
   * the ledger asks something else for the sake of the connection; any answer will do.
   */
  async greet(plugin) {
    await plugin.connect();
    if (this.known !== undefined) await plugin.getPeerBalance().catch(unlessAnswered);
    const info = plugin.getInfo();
    if (this.options.stateful) this.known ??= { prefix: info.prefix, info };
  }

  async listen({ plugin }) {
    const authenticated = once(plugin._rpc, 'authenticated');
    await plugin.connect();
    const { server } = plugin._listener;
    if (!server.listening) await once(server, 'listening');
    this.emit('listening');
    await authenticated;
  }

  /**
   * A listener gives its port back. A dialler stays as it is, dead socket included: with an empty list it would dial
   * once more when one of its timers wants to send something, and push its successor off the line.
   */
  async retire({ plugin, sockets }) {
    for (const socket of sockets) socket.terminate();
    if (this.options.role === 'listener')
      await Promise.race([plugin.disconnect(), sleep(1000, undefined, { ref: false })]);
  }

  /** The connected plugin; waits for it. */
  async live(withinMs) {
    if (this.plugin === undefined)
      await once(this, 'up', { signal: AbortSignal.timeout(withinMs) });
    return this.plugin;
  }

  /** Runs one request on the connected plugin and gives up at once when the connection goes. */
  async request(send, withinMs) {
    const plugin = await this.live(Math.max(withinMs, 1));
    const { lost } = this.current;
    const gone = lost.then(() => {
      throw new LinkLost();
    });
    return Promise.race([send(plugin), gone]);
  }

  /** Breaks the connection the hard way. */
  cut() {
    for (const socket of this.current.sockets) socket.terminate();
  }

  async stop() {
    this.stopped = true;
    this.cut();
    this.current.lose();
    await this.running;
  }
}

function factsOf({ prefix, currencyCode, currencyScale }) {
  return { prefix, info: { prefix, currencyCode, currencyScale, connectors: [] } };
}

function unlessAnswered(error) {
  if (btpErrorOf(error) === undefined) throw error;
}

module.exports = { HistoricPeerLink };
