import { PassThrough } from 'node:stream';
import { TurnCork } from './turn-cork';

function corks(stream: PassThrough): number {
  return stream.writableCorked;
}

describe('TurnCork', () => {
  it('holds a stream back until the turn is over, however often it is asked', async () => {
    const cork = new TurnCork();
    const streams = [new PassThrough(), new PassThrough()];
    for (const stream of [...streams, ...streams]) cork.cork(stream);
    expect(streams.map(corks)).toEqual([1, 1]);
    await new Promise(process.nextTick);
    expect(streams.map(corks)).toEqual([0, 0]);
  });

  it('does so turn after turn', async () => {
    const cork = new TurnCork();
    const stream = new PassThrough();
    for (let turn = 0; turn < 3; turn += 1) {
      cork.cork(stream);
      expect(corks(stream)).toBe(1);
      await new Promise(setImmediate);
      expect(corks(stream)).toBe(0);
    }
  });
});
