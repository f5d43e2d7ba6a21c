import type { JsonObject } from './canonical-json';
import { PayloadMembers } from './payload-members';

class Members extends PayloadMembers {
  fail(member: string, rule: string): never {
    throw new Error(`${member} ${rule}`);
  }
}

const of = (payload: JsonObject): Members => new Members(payload);

it('reads each member as its kind', () => {
  const members = of({ name: 'sam', side: 'in', count: -3 });
  expect([members.text('name'), members.oneOf('side', ['in', 'out'])]).toEqual(['sam', 'in']);
  expect(members.integer('count')).toBe(-3);
  members.finish();
});

it.each<[string, (members: Members) => unknown]>([
  ['none missing', (members) => members.text('none')],
  ['toString missing', (members) => members.text('toString')],
  ['count not-text', (members) => members.text('count')],
  ['name not-an-integer', (members) => members.integer('name')],
  ['half not-an-integer', (members) => members.integer('half')],
  ['huge not-an-integer', (members) => members.integer('huge')],
  ['name not-one-of-the-known', (members) => members.oneOf('name', ['rita'])],
])('says %s', (fault, read) => {
  const members = of({ name: 'sam', count: 3, half: 0.5, huge: 2 ** 53 });
  expect(() => read(members)).toThrow(fault);
});

it('leaves nothing unread', () => {
  const members = of({ name: 'sam', more: null });
  members.text('name');
  expect(() => {
    members.finish();
  }).toThrow('more unexpected');
});
