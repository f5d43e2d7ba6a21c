'use strict';

/** What the plugin's documentation asks of a store: get, put, del. */
class MemoryStore {
  constructor() {
    this.entries = new Map();
  }

  async get(key) {
    return this.entries.get(key);
  }

  async put(key, value) {
    this.entries.set(key, value);
  }

  async del(key) {
    this.entries.delete(key);
  }
}

module.exports = { MemoryStore };
