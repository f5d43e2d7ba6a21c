import {
  type AddressFault,
  areNested,
  isAddress,
  isAddressedTo,
  isLedgerPrefix,
  isPeerLedger,
  matchesPrefix,
  ownAddressFault,
  ownPrefixFault,
} from './address';

describe('the loose check of the wire', () => {
  it.each(['a', 'g.us.nexus.bob', 'no-scheme_at~all', '..', 'a.', 'x'.repeat(1023)])(
    'lets %s pass',
    (address) => {
      expect(isAddress(address)).toBe(true);
    },
  );

  it.each(['', 'g.us bank.', 'g.ü', 'g.a\n', 'g/a', 'x'.repeat(1024)])('stops %j', (address) => {
    expect(isAddress(address)).toBe(false);
  });

  it('wants a dot at the end of a ledger prefix', () => {
    expect(isLedgerPrefix('test.a.')).toBe(true);
    expect(isLedgerPrefix('test.a')).toBe(false);
    expect(isLedgerPrefix('')).toBe(false);
  });
});

describe('the check of our own configuration', () => {
  it.each([
    'g.',
    'private.x.',
    'example.a.',
    'peer.pjjQz.usd.9.',
    'self.',
    'local.',
    'test.a.',
    'test1.',
    'test2.',
    'test3.x_y~z-.',
  ])('takes the prefix %s', (prefix) => {
    expect(ownPrefixFault(prefix)).toBeUndefined();
  });

  it.each<[string, AddressFault]>([
    ['', 'characters'],
    ['test.a', 'prefix-must-end-in-dot'],
    ['test4.a.', 'scheme'],
    ['G.', 'scheme'],
    ['a.', 'scheme'],
    ['.test.', 'empty-segment'],
    ['test..a.', 'empty-segment'],
    ['test.a..', 'empty-segment'],
    ['test.ä.', 'characters'],
    [`g.${'x'.repeat(1021)}.`, 'too-long'],
  ])('refuses the prefix %s: %s', (prefix, fault) => {
    expect(ownPrefixFault(prefix)).toBe(fault);
  });

  it('takes an account of one segment or more below the scheme', () => {
    expect(ownAddressFault('test.causeway')).toBeUndefined();
    expect(ownAddressFault('g.acme')).toBeUndefined();
    expect(ownAddressFault('g.acme.bob.~psk')).toBeUndefined();
  });

  it.each<[string, AddressFault]>([
    ['test', 'no-segment-after-scheme'],
    ['test.a.', 'address-must-not-end-in-dot'],
    ['a.b', 'scheme'],
    ['', 'characters'],
  ])('refuses the account %s: %s', (address, fault) => {
    expect(ownAddressFault(address)).toBe(fault);
  });
});

describe('matching', () => {
  it('is a comparison of strings, and the empty prefix matches everything', () => {
    expect(matchesPrefix('test.a.bob', 'test.a.')).toBe(true);
    expect(matchesPrefix('test.ab.bob', 'test.a.')).toBe(false);
    expect(matchesPrefix('test.a.bob', 'test.a.bob')).toBe(true);
    expect(matchesPrefix('TEST.a.bob', 'test.a.')).toBe(false);
    expect(matchesPrefix('test.a.bob', '')).toBe(true);
  });

  it('takes for ours only our account and what is below it (D-2)', () => {
    expect(isAddressedTo('test.a.alice', 'test.a.alice')).toBe(true);
    expect(isAddressedTo('test.a.alice.~psk.x', 'test.a.alice')).toBe(true);
    expect(isAddressedTo('test.a.alice2', 'test.a.alice')).toBe(false);
    expect(isAddressedTo('test.a.ali', 'test.a.alice')).toBe(false);
    expect(isAddressedTo('test.b.alice', 'test.a.alice')).toBe(false);
  });

  it('finds ledgers that lie inside each other', () => {
    expect(areNested('test.a.', 'test.a.b.')).toBe(true);
    expect(areNested('test.a.b.', 'test.a.')).toBe(true);
    expect(areNested('test.a.', 'test.a.')).toBe(true);
    expect(areNested('test.a.', 'test.ab.')).toBe(false);
  });

  it('knows a ledger of two peers by its scheme', () => {
    expect(isPeerLedger('peer.ab.')).toBe(true);
    expect(isPeerLedger('peering.ab.')).toBe(false);
  });
});
