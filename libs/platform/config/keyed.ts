/** Something of a configuration together with the key it stands under. */
export interface Keyed<T> {
  readonly key: string;
  readonly value: T;
}
