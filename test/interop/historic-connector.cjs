'use strict';
/*
 * A historic connector as a process of its own: the unmodified ilp-connector@21.1.10, which reads CONNECTOR_*
 * variables, told over Node's IPC channel what to do. running-historic-connector.ts is the typed other end.
 */
const connector = require('ilp-connector');
const ilpPacket = require('ilp-packet');
const { answerCalls, surviveWeaknesses } = require('./answer-calls.cjs');

const STOP_WITHIN_MS = 1000;

/** What became of its own requests, by kind and then by answer. */
const requests = { broadcasts: {}, quotes: {} };
const weaknesses = [];
let plugins = [];

const calls = {
  /** Resolves when the connector says that it is ready and all its ledgers are connected. */
  async start({ prefixes }) {
    plugins = prefixes.map((prefix) => connector.getPlugin(prefix));
    for (const plugin of plugins) watch(plugin);
    await connector.listen();
    const missing = prefixes.filter((prefix) => !connector.getPlugin(prefix).isConnected());
    if (missing.length > 0) throw new Error(`not connected: ${missing.join(' ')}`);
  },

  /** `own`: what its plugin has counted. `told`: what that tells the connector; without a store it asks the peer. */
  async balances({ prefix }) {
    const plugin = connector.getPlugin(prefix);
    return { own: await plugin._transfers.getBalance(), told: await plugin.getBalance() };
  },

  async requests() {
    return requests;
  },

  async weaknesses() {
    return weaknesses;
  },

  async stop() {
    const closed = Promise.all(plugins.map((plugin) => plugin.disconnect()));
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS))]);
  },
};

/** Sees each request that the connector sends over the plugin, and its answer. */
function watch(plugin) {
  const stock = plugin.sendRequest.bind(plugin);
  plugin.sendRequest = async (message) => {
    const kind = requests[message.custom?.method === 'broadcast_routes' ? 'broadcasts' : 'quotes'];
    const count = (answer) => (kind[answer] = (kind[answer] ?? 0) + 1);
    try {
      const response = await stock(message);
      count(kindOf(response.ilp));
      return response;
    } catch (error) {
      count('failed');
      throw error;
    }
  };
}

function kindOf(ilp) {
  if (ilp === undefined) return 'empty';
  const { type, data } = ilpPacket.deserializeIlpPacket(Buffer.from(ilp, 'base64'));
  return type === ilpPacket.Type.TYPE_ILP_ERROR ? `error ${data.code}` : 'quote';
}

// Handlers of its events throw where nobody listens; the Node of its time warned and went on.
surviveWeaknesses((weakness) => weaknesses.push(weakness));
answerCalls(calls);
