import { jsonEntry } from '../btp/sub-protocols';
import { readRoutingBroadcast } from './routing-broadcast';

const ROUTE = {
  source_ledger: 'test.b.',
  destination_ledger: 'g.us.bank.',
  min_message_window: 1,
  source_account: 'test.b.alice',
};

const read = (more: object, ofRoute: object = {}) => {
  const route = { ...ROUTE, ...ofRoute };
  const data = { new_routes: [route], hold_down_time: 1, unreachable_through_me: [], ...more };
  const json = JSON.stringify({ method: 'broadcast_routes', data });
  const setting = { ledger: 'test.b.', peerAccount: 'test.b.alice' };
  return readRoutingBroadcast([jsonEntry('custom', Buffer.from(json))], setting);
};

test('what stands in additional_info is passed over, wherever that stands', () => {
  const plain = read({});
  expect(plain).toMatchObject({ type: 'update' });
  expect(read({ additional_info: [1] }, { additional_info: { a: 1 } })).toEqual(plain);
});

test('a destination that is withdrawn may be told in the same update', () => {
  expect(read({ unreachable_through_me: ['g.us.bank.'] })).toMatchObject({
    update: { unreachable: ['g.us.bank.'], newRoutes: [{ destinationLedger: 'g.us.bank.' }] },
  });
});
