'use strict';
/*
 * Makes whatever checkout ready to run: installs the packages that package-lock.json names and builds dist/, each only
 * when it is needed. Needs nothing but Node and npm. Any number of these may run at once: one works, the others wait.
 * Progress goes to stderr; stdout belongs to the program that follows.
 */
const { spawn } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const home = path.join(__dirname, '..');
const OLDEST_NODE = [20, 19];
/** What `tsc -p tsconfig.build.json` reads. */
const SOURCES = ['apps', 'libs', 'migrations', 'tsconfig.json', 'tsconfig.build.json'];

/**
 * @param {{ interop?: boolean, build?: boolean, root?: string }} wanted interop: also the historic peers in
 *   test/interop; build: also dist/ (the default)
 * @throws {Error} with one line, after npm or tsc have said what is wrong
 */
async function bootstrap({ interop = false, build = true, root = home } = {}) {
  requireNode();
  const folders = interop ? [root, path.join(root, 'test', 'interop')] : [root];
  const isReady = () => folders.every(isInstalled) && (!build || isBuilt(root));
  if (isReady()) return;
  const claim = await claimCheckout(root);
  try {
    for (const folder of folders) if (!isInstalled(folder)) await install(folder, root, claim);
    if (build && !isBuilt(root)) await compile(root, claim);
  } finally {
    claim.release();
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(`Node ${OLDEST_NODE.join('.')} or later is needed; this is ${process.version}`);
}

function say(line) {
  process.stderr.write(`bootstrap: ${line}\n`);
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

// --- packages

const stampOf = (folder) => path.join(folder, 'node_modules', '.bootstrap-stamp');

/** The lockfile's hash, and the machine's kind: packages with binaries differ by it. */
function lockHash(folder) {
  const lock = fs.readFileSync(path.join(folder, 'package-lock.json'));
  const hash = crypto.createHash('sha256').update(lock).digest('hex');
  return `${hash} ${process.platform}-${process.arch}`;
}

function isInstalled(folder) {
  const hash = lockHash(folder);
  const stamp = stampOf(folder);
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hash) return true;
  if (!correspondsToLock(folder)) return false;
  remember(stamp, hash);
  return true;
}

/** The stamp only saves time: where it cannot be written, the longer look is taken each time. */
function remember(stamp, text) {
  try {
    fs.writeFileSync(stamp, text);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  }
}

/**
 * Whether packages that somebody installed by hand are those of the lockfile, by the list that npm itself leaves in
 * node_modules as its last act. Optional packages may be missing: they are for other machines.
 */
function correspondsToLock(folder) {
  const wanted = readJson(path.join(folder, 'package-lock.json'))?.packages;
  const present = readJson(path.join(folder, 'node_modules', '.package-lock.json'))?.packages;
  if (wanted === undefined || present === undefined) return false;
  const same = (name) => wanted[name]?.version === present[name]?.version;
  const exists = (name) => fs.existsSync(path.join(folder, name, 'package.json'));
  const mayMiss = (name) => name === '' || wanted[name].optional || wanted[name].devOptional;
  return (
    Object.keys(present).every((name) => same(name) && exists(name)) &&
    Object.keys(wanted).every((name) => mayMiss(name) || same(name))
  );
}

/** No package needs its install script here, so none is run; and dev packages come along, whatever NODE_ENV says. */
async function install(folder, root, claim) {
  const where = path.relative(root, folder) || '.';
  say(`installing packages in ${where} (npm ci)`);
  const started = Date.now();
  const [command, ...npm] = npmCommand();
  const flags = [
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  await run(command, [...npm, 'ci', ...flags], folder, claim);
  remember(stampOf(folder), lockHash(folder));
  say(`packages in ${where} are installed (${seconds(started)})`);
}

/** The npm that started us, if one did: it is known to work with this Node. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script?.endsWith('npm-cli.js') && fs.existsSync(script)) return [process.execPath, script];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

/** The claim covers the child as well: when we are killed, nobody may begin before it has ended. */
function run(command, args, cwd, claim) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (child.pid !== undefined) claim.extendTo(child.pid);
  const failed = (why) =>
    new Error(`bootstrap: ${command} ${args.join(' ')} in ${cwd} failed: ${why}`);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(failed(error.message)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(failed(signal ?? `exit code ${code}`));
    });
  });
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

// --- dist

/** In dist, so that whoever deletes dist deletes its stamp. */
const buildStampOf = (root) => path.join(root, 'dist', '.bootstrap-stamp');

function isBuilt(root) {
  const stamp = readJson(buildStampOf(root));
  if (stamp === undefined) return false;
  return JSON.stringify(stamp) === JSON.stringify(sources(root));
}

/** Path, size and time of everything the build reads, and the packages' types by the lockfile's hash. */
function sources(root) {
  const found = { 'package-lock.json': lockHash(root) };
  for (const entry of SOURCES) collect(root, entry, found);
  return found;
}

function collect(root, relative, found) {
  const stat = fs.statSync(path.join(root, relative), { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    found[relative] = `${stat.size} ${stat.mtimeMs}`;
    return;
  }
  for (const entry of fs.readdirSync(path.join(root, relative), { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const isSource = entry.name.endsWith('.ts') && !/\.(int-)?spec\.ts$/.test(entry.name);
    if (entry.isDirectory() || isSource) collect(root, `${relative}/${entry.name}`, found);
  }
}

/** tsc forgets nothing it once wrote: when a source is gone, its output (a migration!) must go as well. */
async function compile(root, claim) {
  const before = readJson(buildStampOf(root));
  const now = sources(root);
  const lost = before === undefined || Object.keys(before).some((file) => !(file in now));
  if (lost) fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  else fs.rmSync(buildStampOf(root));
  say('building dist (tsc)');
  const started = Date.now();
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json'], root, claim);
  fs.writeFileSync(buildStampOf(root), JSON.stringify(now));
  say(`dist is built (${seconds(started)})`);
}

// --- one at a time

/**
 * Waits until no other bootstrap works on this checkout. Everybody writes a file of his own first and looks at the
 * others' afterwards, so of two at once at least one sees the other; a file whose process is gone does not count.
 */
async function claimCheckout(root) {
  const directory = path.join(root, '.causeway', 'bootstrap.claims');
  fs.mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `${process.pid}-${crypto.randomBytes(4).toString('hex')}`);
  const holders = [];
  const extendTo = (pid) => {
    holders.push({ pid, began: beganAt(pid) });
    fs.writeFileSync(`${file}.new`, JSON.stringify(holders));
    fs.renameSync(`${file}.new`, file);
  };
  const release = () => fs.rmSync(file, { force: true });
  for (let told = false; ; told = true) {
    holders.length = 0;
    extendTo(process.pid);
    const [other] = otherHolders(directory, file);
    if (other === undefined) return { extendTo, release };
    release();
    if (!told) say(`waiting for another bootstrap (process ${other.pid})`);
    await sleep(50 + crypto.randomInt(200));
  }
}

function otherHolders(directory, own) {
  const files = fs.readdirSync(directory).map((name) => path.join(directory, name));
  return files
    .filter((file) => file !== own && !file.endsWith('.new'))
    .flatMap((file) => {
      const running = (readJson(file) ?? []).filter(({ pid, began }) => beganAt(pid) === began);
      if (running.length === 0) fs.rmSync(file, { force: true });
      return running;
    });
}

/** When the process began, since ids are used again: its start tick on Linux, elsewhere only that it lives. */
function beganAt(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return 'gone';
  }
  if (process.platform !== 'linux') return 'running';
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return 'gone';
  }
}

module.exports = { bootstrap };

if (require.main === module) {
  const words = process.argv.slice(2);
  bootstrap({ interop: words.includes('--interop'), build: !words.includes('--no-build') }).catch(
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  );
}
