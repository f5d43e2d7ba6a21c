'use strict';
/*
 * node test/simulation/network/mutants.cjs [NAME...]
 *
 * Breaks one rule of the routing core after the other and tells stories of networks, until one of them fails. Exit code
 * 1 if there is a mutant that no story notices: then the simulation does not see to that rule.
 */
const path = require('node:path');
const { alterations } = require('../../support/register-typescript.cjs');

const root = path.join(__dirname, '..', '..', '..');
const routing = (file) => path.join('libs', 'domain', 'routing', file);
const told = routing('broadcasts/told-routes.ts');
const state = routing('broadcasts/broadcast-state.ts');

/** Of each: file, what is there, what is put there instead. SEED_OF says where it is noticed soon. */
const MUTANTS = {
  'no loop check': [
    [
      routing('ways.ts'),
      "if (loopsOver(route, source, rules.ledgers)) reason = 'loop';\n    else ",
      '',
    ],
  ],
  'loops over the ledger of the payer only': [
    [routing('ways.ts'), ' || ledgers.byPrefix(ledger)?.peerAddress !== undefined', ''],
  ],
  'no expiry': [
    [routing('learnt-routes.ts'), '({ expiresAtMs }) => expiresAtMs <= nowMs', '() => false'],
    [routing('ways.ts'), "else if (expiresAtMs <= nowMs) reason = 'expired';\n", ''],
  ],
  'no withdrawals': [
    [told, '[...gone].filter((each) => this.digests.has(each) && !said.has(each))', '[]'],
  ],
  'changes are not told': [
    [
      told,
      'known === undefined || known !== digestOf(announcer.text(route))',
      'known === undefined',
    ],
  ],
  'what was sent counts as acknowledged': [
    [state, 'this.told.uncertain(this.inFlight)', 'this.told.accepted(this.inFlight)'],
    [
      state,
      'this.revision = undefined;\n    this.isFullOwed = true;',
      'this.revision = undefined;',
    ],
  ],
  'curves without the unit for rounding': [
    [
      routing('effective-curve.ts'),
      'tail === undefined ? head.public : joinCurves(head.public, tail)',
      'tail === undefined ? head.local : joinCurves(head.local, tail)',
    ],
  ],
  'curves of longer ways as well': [
    [routing('route-exports.ts'), 'this.told(key, shortest)', 'this.told(key, usable)'],
  ],
  'the way that was learnt first instead of the shortest': [
    [
      routing('destination.ts'),
      'one.length === other.length ? one.order < other.order : one.length < other.length',
      'one.order < other.order',
    ],
  ],
};

/** Stories that need the rule. They are told first, the others only if they no longer do. */
const SEED_OF = {
  'no loop check': 5,
  'loops over the ledger of the payer only': 21,
  'no expiry': 6,
  'no withdrawals': 6,
  'changes are not told': 3,
  'what was sent counts as acknowledged': 38,
  'curves without the unit for rounding': 2,
  'curves of longer ways as well': 4,
  'the way that was learnt first instead of the shortest': 1,
};

const SEEDS = 40;
/** Few enough to be quick. */
const CONNECTORS = 7;

function alter(edits) {
  alterations.clear();
  for (const [file, from, to] of edits) {
    const filename = path.join(root, file);
    const before = alterations.get(filename) ?? ((source) => source);
    alterations.set(filename, (source) => {
      const text = before(source);
      if (!text.includes(from)) throw new Error(`${file} no longer holds: ${from}`);
      return text.replace(from, () => to);
    });
  }
}

function freshStory() {
  for (const file of Object.keys(require.cache)) {
    if (file.endsWith('.ts')) delete require.cache[file];
  }
  return require('./network-story.ts');
}

/** The failure that gave it away, or undefined. */
function noticed(name) {
  alter(MUTANTS[name]);
  const { NetworkStory, StoryFailure } = freshStory();
  for (const seed of [SEED_OF[name], ...Array.from({ length: SEEDS }, (_, at) => at + 1)]) {
    try {
      NetworkStory.tell(seed, { connectors: CONNECTORS, speech: 'paths' });
    } catch (error) {
      if (error instanceof StoryFailure) return error.message.split('\n')[0];
      throw error;
    }
  }
  return undefined;
}

function main(wanted) {
  const names = wanted.length > 0 ? wanted : Object.keys(MUTANTS);
  for (const name of names) {
    const failure = noticed(name);
    process.stdout.write(`${failure === undefined ? 'UNNOTICED' : 'noticed'} ${name}`);
    process.stdout.write(failure === undefined ? '\n' : `: ${failure}\n`);
    if (failure === undefined) process.exitCode = 1;
  }
}

main(process.argv.slice(2));
