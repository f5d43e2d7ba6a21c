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

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

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
    if (server.pid === undefined) end({ event: 'failed', reason: error.message }, false);
  });
  server.once('exit', (code, signal) => {
    end({ event: 'exited', code, signal, asked: stopping }, code === 0 && !stopping);
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

/** What is to be thrown away goes when the server is gone, unless it did its work and ended by itself. */
function end(message, workDone) {
  if (!workDone) {
    for (const path of order.throwAway.trees) attempt(() => fs.rmSync(path, { recursive: true, force: true }));
    for (const path of order.throwAway.emptied) attempt(() => fs.rmdirSync(path));
  }
  tell(message);
  // The parent may be gone: an unread line must not hold us.
  setTimeout(() => process.exit(0), 1000).unref();
  process.stdin.destroy();
  process.stdout.end(() => process.exit(0));
}

function attempt(action) {
  try {
    action();
  } catch {
    // Somebody else still uses it or took it away; both are fine.
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
