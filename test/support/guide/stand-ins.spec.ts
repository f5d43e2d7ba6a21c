import { NotKnownYetError, StandIns } from './stand-ins';

const standIns = new StandIns({
  standIns: [
    { shown: 'KEY', pattern: '[a-z]{4}' },
    { shown: 'KEYRING', pattern: '[0-9]+' },
    { shown: 'north.example', pattern: undefined },
  ],
  passing: [String.raw`\d\d:\d\d`],
});
const given = new Map([['north.example', '127.0.0.1:4000']]);
const matches = (shown: string, real: string, known = given): boolean =>
  standIns.match(shown, real, known) !== undefined;

describe('StandIns', () => {
  it('learn what a text stands for, and hold to it', () => {
    const known = standIns.match('the key is KEY', 'the key is abcd', given);
    expect(known?.get('KEY')).toBe('abcd');
    expect(standIns.match('KEY', 'abcd', known ?? given)).toBeDefined();
    expect(standIns.match('KEY', 'efgh', known ?? given)).toBeUndefined();
    expect(standIns.real('use KEY at north.example', known ?? given)).toBe(
      'use abcd at 127.0.0.1:4000',
    );
    expect(standIns.shown('abcd at 127.0.0.1:4000', known ?? given)).toBe('KEY at north.example');
  });

  it.each([
    ['KEY', 'abc', 'a value of another form'],
    ['KEY and KEY', 'abcd and efgh', 'two values for one text'],
    ['at north.example', 'at 127.0.0.1:4001', 'another value than the given one'],
    ['it is 12:30', 'it is late', 'no time'],
    ['done', 'done it', 'more'],
    ['a.c', 'abc', 'another letter where a dot stands'],
    ['a b', 'ab', 'no space'],
  ])('%s is not matched by %s: %s', (shown, real) => {
    expect(matches(shown, real)).toBe(false);
  });

  it.each([
    ['KEY and KEY', 'abcd and abcd'],
    ['KEYRING', '123'],
    ['at 12:30', 'at 08:05'],
    ['one    two', ' one  two '],
    ['{"nats":"…"}', '{"nats":"nats://127.0.0.1:1"}'],
    ['(a+b)* $1 [x] - ^', '(a+b)* $1 [x] - ^'],
  ])('%s is matched by %s', (shown, real) => {
    expect(matches(shown, real)).toBe(true);
  });

  it('refuse to use what is not known yet', () => {
    expect(() => standIns.real('use KEY', given)).toThrow(NotKnownYetError);
    expect(() => standIns.match('north.example', 'x', new Map())).toThrow(NotKnownYetError);
  });
});
