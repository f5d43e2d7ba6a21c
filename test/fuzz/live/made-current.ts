import { SOON } from '../ilp-samples';

const REQUEST_ID_END = 5;
const SOON_BYTES = Buffer.from(generalizedTime(SOON));
/** Within the longest hold, and long enough to be paid. */
const SOON_MS = 4_000;

/**
 * A copy of the frame with what a seed cannot know: a request id that says which frame it is, and a
 * date that lies ahead in place of the one that stands for it.
 */
export function madeCurrent(bytes: Buffer, requestId: number): Buffer {
  const frame = Buffer.from(bytes);
  if (frame.length >= REQUEST_ID_END) frame.writeUInt32BE(requestId, 1);
  const at = frame.indexOf(SOON_BYTES);
  if (at >= 0) frame.write(generalizedTime(Date.now() + SOON_MS), at, 'latin1');
  return frame;
}

function generalizedTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:T]/g, '');
}
