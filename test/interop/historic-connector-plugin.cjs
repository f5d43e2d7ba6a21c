'use strict';
/*
 * The unmodified plugin as ilp-connector is to run it. The connector reads its plugins' options from JSON, where no
 * store can stand, and the one that it brings itself needs a database server; with `stateful` this one is kept in
 * memory.
 */
const Plugin = require('ilp-plugin-payment-channel-framework');
const { MemoryStore } = require('./historic-memory.cjs');

module.exports = function HistoricConnectorPlugin({ stateful, ...options }) {
  return new Plugin({ ...options, _store: stateful ? new MemoryStore() : undefined });
};
