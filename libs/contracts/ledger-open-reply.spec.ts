import { ZodError } from 'zod';
import { readLedgerOpenReply } from './ledger-open-reply';

describe('the answer to a request to open a ledger', () => {
  it.each(['opened', 'unchanged', 'limits-changed', 'unavailable'])('may be %s', (outcome) => {
    expect(readLedgerOpenReply({ outcome, more: 1 })).toEqual({ outcome });
  });

  it('may be a conflict, and says of what', () => {
    const conflict = { outcome: 'conflict', field: 'prefix', stored: 'a.', wanted: 'b.' };
    expect(readLedgerOpenReply(conflict)).toEqual(conflict);
  });

  it.each([undefined, null, 'opened', {}, { outcome: 'closed' }])('is never %j', (answer) => {
    expect(() => readLedgerOpenReply(answer)).toThrow(ZodError);
  });
});
