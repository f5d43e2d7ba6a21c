import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, visit, type Document } from 'yaml';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error';
import { readEnvironment, type Assignment, type Environment } from './environment';
import { isMapping, type Mapping } from './mapping';

export interface ConfigurationSource {
  /** A YAML file. */
  readonly file?: string | undefined;
  /** The document itself, as another process read it; instead of `file`. */
  readonly document?: unknown;
  readonly env: Environment;
  /** `gateway.listen` → value; stronger than the environment, which is stronger than the file. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** A configuration before it is checked: what file, environment and overrides say together. */
export interface SourceDocument {
  /** JSON through and through, fit to be handed to another process. */
  readonly tree: Mapping;
  readonly problems: ConfigurationProblem[];
  /** Where the value of a key came from: the file, or a variable. */
  originOf(key: string): string;
}

/**
 * Reads and merges, without judging values.
 * @throws ConfigurationError if the file cannot be read as YAML at all
 */
export function readSource(source: ConfigurationSource): SourceDocument {
  const name = source.file ?? (source.document === undefined ? 'defaults' : 'handed-over document');
  const read = source.file === undefined ? source.document : readYaml(source.file);
  const tree = withoutNulls(read ?? {});
  if (!isMapping(tree)) {
    throw new ConfigurationError([{ file: name, key: '', rule: 'must be a mapping of keys' }]);
  }
  const environment = readEnvironment(source.env, peerIdsOf(tree));
  const origins = new Map<string, string>();
  for (const assignment of [...environment.assignments, ...overridesOf(source)]) {
    assign(tree, assignment);
    origins.set(keyOf(assignment.path), assignment.origin);
  }
  const { problems } = environment;
  return { tree, problems, originOf: (key) => origins.get(key) ?? name };
}

/** `['peers', 0, 'ledger']` → `peers[0].ledger`. */
export function keyOf(path: readonly PropertyKey[]): string {
  let key = '';
  for (const part of path) {
    if (typeof part === 'number') key += `[${part}]`;
    else key += key === '' ? String(part) : `.${String(part)}`;
  }
  return key;
}

function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigurationError([{ file, key: '', rule: 'cannot be read' }]);
  }
  const lines = new LineCounter();
  /* Pretty errors would quote the line, and the line may hold a token. */
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map(({ pos: [at], message }) => {
        const { line, col } = lines.linePos(at);
        return { file: `${file}:${line}:${col}`, key: '', rule: `is not YAML: ${message}` };
      }),
    );
  }
  return valueOf(document, file);
}

/** Fractions keep the text they were written in: a float could not tell 0.1 from what is near it. */
function valueOf(document: Document.Parsed, file: string): unknown {
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'number' || Number.isInteger(node.value)) return;
      node.value = node.source;
    },
  });
  try {
    return document.toJS();
  } catch {
    throw new ConfigurationError([{ file, key: '', rule: 'has an alias that leads nowhere' }]);
  }
}

/** A key without a value is a key that is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMapping(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNulls(member)]));
}

function peerIdsOf(tree: Mapping): unknown[] {
  const { peers } = tree;
  if (!Array.isArray(peers)) return [];
  return peers.map((peer: unknown) => (isMapping(peer) ? peer.id : undefined));
}

function overridesOf(source: ConfigurationSource): Assignment[] {
  return Object.entries(source.overrides ?? {}).map(([key, value]) => ({
    path: key.split('.'),
    value,
    origin: 'override',
  }));
}

function assign(tree: Mapping, { path, value }: Assignment): void {
  let place: unknown = tree;
  for (const part of path.slice(0, -1)) {
    const next = memberOf(place, part);
    if (next === undefined && isMapping(place)) place[part] = {};
    place = next ?? memberOf(place, part);
  }
  const last = path.at(-1);
  /* Whatever is no mapping here is a mistake of the file, and reported as such. */
  if (last !== undefined && isMapping(place)) place[last] = value;
}

function memberOf(place: unknown, part: string | number): unknown {
  if (Array.isArray(place) && typeof part === 'number') return place[part];
  if (!isMapping(place) || !Object.hasOwn(place, part)) return undefined;
  return place[part];
}
