'use strict';
/*
 * One unmodified ilp-plugin-virtual@16, and what its README asks of whoever runs it: an HTTP endpoint that checks
 * who calls and hands the call to the plugin. Answers as ilp-kit did: text as it is, anything else as JSON, and an
 * error as `{id, message}`, by the plan with status 422 and in fact with 200.
 */
const { EventEmitter, once } = require('node:events');
const { createServer } = require('node:http');
const PluginVirtual = require('ilp-plugin-virtual');
const { MemoryStore } = require('./historic-memory.cjs');

const EVENTS = [
  'incoming_prepare',
  'incoming_cancel',
  'outgoing_fulfill',
  'outgoing_reject',
  'outgoing_cancel',
];

class VirtualLink extends EventEmitter {
  constructor() {
    super();
    this.refusalStatus = 422;
    this.isDeaf = false;
    this.server = createServer((request, response) => {
      this.receive(request, response).catch(() => response.destroy());
    });
  }

  /** @returns the port at which it takes calls; until the plugin is there, nobody is known */
  async listen() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this.server.address().port;
  }

  /** @param options of the plugin, without its store */
  async connect(options) {
    const plugin = new PluginVirtual({ ...options, _store: new MemoryStore() });
    for (const name of EVENTS) plugin.on(name, (...parts) => this.emit(name, ...parts));
    plugin.registerRequestHandler(async ({ ledger, to, from, ilp, custom }) => {
      if (ilp !== undefined) throw new Error('this peer answers no quotes');
      return { ledger, to: from, from: to, custom };
    });
    this.addWhatTheSenderAsks(plugin, options.peerPublicKey);
    await plugin.connect();
    this.plugin = plugin;
    return { prefix: plugin.getInfo().prefix, account: plugin.getAccount() };
  }

  /** The plugins that came later have these; whoever sends and receives here knows no other. */
  addWhatTheSenderAsks(plugin, peerPublicKey) {
    const { prefix } = plugin.getInfo();
    const rpc = plugin._rpc;
    plugin.getPeerAccount = () => prefix + peerPublicKey;
    rpc.fulfill = (id, fulfillment) => rpc.call('fulfill_condition', prefix, [id, fulfillment]);
  }

  async live() {
    return this.plugin;
  }

  async request(send) {
    return send(this.plugin);
  }

  async receive(request, response) {
    const { searchParams } = new URL(request.url, 'http://peer');
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (this.isDeaf) return response.destroy();
    const status = this.strangeness(request, searchParams.get('prefix'));
    if (status !== undefined)
      return reply(response, status, { id: 'UnauthorizedError', message: 'no' });
    try {
      const params = JSON.parse(Buffer.concat(chunks));
      reply(response, 200, await this.plugin.receive(searchParams.get('method'), params));
    } catch (error) {
      reply(response, this.refusalStatus, { id: error.name, message: error.message });
    }
  }

  strangeness({ headers }, prefix) {
    const [scheme, token] = (headers.authorization ?? '').split(' ');
    if (this.plugin === undefined || scheme !== 'Bearer') return 401;
    if (prefix !== this.plugin.getInfo().prefix) return 404;
    return this.plugin.isAuthorized(token) ? undefined : 403;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

function reply(response, status, value) {
  const isText = typeof value === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
  response.end(isText ? value : JSON.stringify(value));
}

module.exports = { VirtualLink };
