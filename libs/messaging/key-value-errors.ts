/** The bucket cannot be made, read or written on this server now. */
export class BucketUnavailableError extends Error {
  override readonly name = 'BucketUnavailableError';

  constructor(
    readonly bucket: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`the bucket ${bucket} cannot be used: ${reason}`, options);
  }
}

/** A key of the bucket that cannot be one. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError';

  constructor(readonly key: string) {
    super(`${JSON.stringify(key)} cannot be a key: letters, digits, _ - = / between single dots`);
  }
}

/** More than the bucket takes under one key. */
export class ValueTooLargeError extends Error {
  override readonly name = 'ValueTooLargeError';

  constructor(
    readonly key: string,
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`the value of ${key} has ${bytes} bytes, at most ${limit} are kept`);
  }
}

/** Somebody else has written the key since it was read. */
export class RevisionConflictError extends Error {
  override readonly name = 'RevisionConflictError';

  constructor(
    readonly key: string,
    readonly expected: number,
  ) {
    super(`${key} is no longer at revision ${expected}`);
  }
}
