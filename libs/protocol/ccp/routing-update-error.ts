/** Which rule of SPEC §11.7 or §11.8 an update breaks. Short, stable, fit for a metric label. */
export type RoutingUpdateRule =
  | 'missing'
  | 'unknown-member'
  | 'not-json'
  | 'not-utf8'
  | 'not-an-object'
  | 'not-a-list'
  | 'not-text'
  | 'not-a-number'
  | 'not-an-integer'
  | 'not-a-boolean'
  | 'not-an-address'
  | 'not-base64'
  | 'not-a-pair'
  | 'out-of-range'
  | 'truncated'
  | 'too-few'
  | 'too-large'
  | 'too-many'
  | 'too-deep';

/**
 * A routing update whose syntax is wrong anywhere: nothing of it counts (SPEC §11.8, D-32). The
 * message holds no value of the input, and of names only those that are plain.
 */
export class RoutingUpdateError extends Error {
  override readonly name = 'RoutingUpdateError';

  constructor(
    /** As the peers name it, e.g. `new_routes[3].points[0]`. */
    readonly member: string,
    readonly rule: RoutingUpdateRule,
  ) {
    super(`no valid ${member}: ${rule}`);
  }
}

const PLAIN_NAME = /^\w{1,40}$/;

/** Where in an update a value stands; its name is only put together for an error. */
export class Place {
  private constructor(
    private readonly parent: Place | undefined,
    private readonly key: string | number,
  ) {}

  static readonly update = new Place(undefined, '');

  member(name: string): Place {
    return new Place(this, name);
  }

  item(index: number): Place {
    return new Place(this, index);
  }

  error(rule: RoutingUpdateRule): RoutingUpdateError {
    return new RoutingUpdateError(this.name, rule);
  }

  private get name(): string {
    if (this.parent === undefined) return 'update';
    const before = this.parent.parent === undefined ? '' : this.parent.name;
    if (typeof this.key === 'number') return `${before}[${this.key}]`;
    const key = PLAIN_NAME.test(this.key) ? this.key : '?';
    return before === '' ? key : `${before}.${key}`;
  }
}
