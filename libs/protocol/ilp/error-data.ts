const EMPTY = errorText('');

/**
 * The `data` of an error as the peers write it: the JSON text `{"message":…}` in UTF-8, with the
 * message shortened until the text fits into `limit` bytes (SPEC §5.8, §6.4).
 */
export function errorData(message: string, limit: number): Buffer {
  let kept = message;
  let data = errorText(kept);
  while (data.length > limit && kept !== '') {
    kept = kept.slice(0, Math.trunc((kept.length * limit) / (data.length + 1)));
    data = errorText(kept);
  }
  return data;
}

/** The message inside such data, or the data as text where a peer sent something else. */
export function errorMessage(data: Buffer): string {
  return messageIn(data) ?? data.toString('utf8');
}

/** Any data in at most `limit` bytes: a message is shortened inside its JSON, other bytes are cut. */
export function shortenErrorData(data: Buffer, limit: number): Buffer {
  if (data.length <= limit) return data;
  const message = limit < EMPTY.length ? undefined : messageIn(data);
  return message === undefined ? data.subarray(0, limit) : errorData(message, limit);
}

function errorText(message: string): Buffer {
  return Buffer.from(JSON.stringify({ message }));
}

function messageIn(data: Buffer): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  return typeof value.message === 'string' ? value.message : undefined;
}
