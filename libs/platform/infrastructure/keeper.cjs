'use strict';
/*
 * Keeps one server for one parent, and lets it outlive the parent by no more than a proper shutdown takes.
 *
 * The first line on stdin says what to run (KeeperOrder in spawn-kept.ts). From then on stdin is the lifeline:
 * when it closes, for whatever reason (exit, crash, kill -9 of the parent), the server is stopped. SIGINT,
 * SIGTERM and SIGHUP to the keeper do the same. What happens is told on stdout, one JSON object a line.
 *
 * Plain JavaScript without dependencies, so that it runs alike from the sources and beside dist/.
 */
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const THROW_AWAY_WITHIN_MS = 30_000;
const QUIET_LOOKS = 5;

let order;
let server;
let stopping = false;

function tell(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** One old log is kept beside the current one; a server that runs for years must not fill the disk by restarts. */
function openLog(file) {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) fs.renameSync(file, `${file}.1`);
  return fs.openSync(file, 'a', 0o600);
}

/** On Linux the kernel itself stops the server when the keeper is killed with -9. Elsewhere the next start does. */
function guarded(command, args, signal) {
  if (process.platform !== 'linux') return [command, args];
  const guard = ['--pdeathsig', signal.replace(/^SIG/, '')];
  const probe = spawnSync('setpriv', [...guard, 'true'], { stdio: 'ignore' });
  return probe.status === 0 ? ['setpriv', [...guard, '--', command, ...args]] : [command, args];
}

function start() {
  const [command, args] = guarded(order.command, order.args, order.stop[0].signal);
  const log = openLog(order.logFile);
  const identity = order.account ? { uid: order.account.uid, gid: order.account.gid } : {};
  server = spawn(command, args, {
    cwd: order.cwd,
    env: order.env,
    stdio: ['ignore', log, log],
    ...identity,
  });
  fs.closeSync(log);
  server.once('spawn', () => tell({ event: 'started', pid: server.pid }));
  server.once('error', (error) => {
    if (server.pid === undefined) end({ event: 'failed', reason: error.message });
  });
  server.once('exit', (code, signal) => {
    end({ event: 'exited', code, signal, asked: stopping });
  });
}

/** Asks the server to stop, and asks harder each time its patience runs out. */
function stop() {
  if (stopping) return;
  stopping = true;
  if (server === undefined) process.exit(0);
  const steps = [...order.stop];
  const next = () => {
    const step = steps.shift();
    if (step === undefined) return;
    server.kill(step.signal);
    setTimeout(next, step.waitMs);
  };
  next();
}

/** A server that was stopped takes its throw-away files along; one that ended by itself may be started again. */
async function end(message) {
  if (stopping) await throwAway(order.throwAway);
  tell(message);
  // The parent may be gone: an unread line must not hold us.
  setTimeout(() => process.exit(0), 1000).unref();
  process.stdin.destroy();
  process.stdout.end(() => process.exit(0));
}

/** Others may still write there while they stop: it is done when it has stayed away for a while. */
async function throwAway(trees) {
  const deadline = Date.now() + THROW_AWAY_WITHIN_MS;
  for (
    let quiet = 0;
    trees.length > 0 && quiet < QUIET_LOOKS && Date.now() < deadline;
    quiet += 1
  ) {
    for (const tree of trees.filter((path) => fs.existsSync(path))) {
      quiet = 0;
      try {
        fs.rmSync(tree, { recursive: true, force: true });
      } catch {
        // Something was made there meanwhile: look again.
      }
    }
    await sleep(20);
  }
}

function listen() {
  let text = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (part) => {
    if (order !== undefined) return;
    text += part;
    const end = text.indexOf('\n');
    if (end === -1) return;
    order = JSON.parse(text.slice(0, end));
    start();
  });
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.on('close', stop);
  process.stdout.on('error', () => undefined);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
}

listen();
