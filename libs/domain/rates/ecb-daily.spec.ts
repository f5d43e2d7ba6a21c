import { readEcbDaily } from './ecb-daily';
import type { RateError } from './rate-error';

const DAY = `
    <Cube time='2026-11-20'>
      <Cube currency='USD' rate='1.0592'/>
      <Cube currency='JPY' rate='163.24'/>
      <Cube currency='GBP' rate='0.83158'/>
    </Cube>`;

const sheet = (cubes = DAY, before = ''): string => `<?xml version="1.0" encoding="UTF-8"?>
${before}<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender>
    <gesmes:name>European Central Bank</gesmes:name>
  </gesmes:Sender>
  <Cube>${cubes}
  </Cube>
</gesmes:Envelope>
`;

const refused = (text: string, field: string, rule: string): void => {
  const error = expect.objectContaining({ name: 'RateError', field, rule }) as RateError;
  expect(() => readEcbDaily(text)).toThrow(error);
};

it('the daily sheet is read exactly, with its date, in EUR', () => {
  expect(readEcbDaily(sheet())).toEqual({
    base: 'EUR',
    rates: { GBP: '0.83158', JPY: '163.24', USD: '1.0592' },
    publishedAt: '2026-11-20',
  });
});

it('a document type is refused, and with it every entity of its own', () => {
  const bomb = '<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;">]>\n';
  refused(sheet(DAY, bomb), '', 'not-xml');
  refused(sheet("<Cube time='2026-11-20'><Cube currency='USD' rate='&b;'/></Cube>"), '', 'not-xml');
});

it.each([
  ['', 'nothing'],
  ['{"rates":{}}', 'JSON'],
  ['<html><body><p>down</body></html>', 'HTML that is no XML'],
  [sheet().slice(0, -20), 'a sheet that is cut off'],
  [`${sheet()}<more/>`, 'something behind the sheet'],
])('%#: what is no XML is refused', (text) => {
  expect(() => readEcbDaily(text)).toThrow(expect.objectContaining({ name: 'RateError' }) as Error);
});

it('XML of something else is refused', () => {
  refused('<html/>', 'Envelope', 'not-ecb');
  refused(sheet().replace('gesmes.org', 'elsewhere.org'), 'Envelope', 'not-ecb');
  refused(sheet().replaceAll('eurofxref', 'other'), 'time', 'missing');
  refused(sheet(''), 'time', 'missing');
  refused(sheet('<Quote/>'), 'Quote', 'not-ecb');
  const deep = "<Cube time='2026-11-20'><Cube currency='USD' rate='1'><Cube/></Cube></Cube>";
  refused(sheet(deep), 'Cube', 'not-ecb');
});

it.each([
  ["<Cube currency='USD' rate='-1.05'/>", 'USD', 'negative'],
  ["<Cube currency='USD' rate='0'/>", 'USD', 'zero'],
  ["<Cube currency='USD' rate='N/A'/>", 'USD', 'not-a-number'],
  ["<Cube currency='USD' rate='1e40'/>", 'USD', 'out-of-range'],
  ["<Cube currency='USD'/>", 'USD', 'missing'],
  ["<Cube rate='1.1'/>", 'currency', 'missing'],
  ["<Cube currency='DOLLAR' rate='1.1'/>", 'DOLLAR', 'not-three-letters'],
  ["<Cube currency='USD' rate='1.1'/><Cube currency='USD' rate='1.2'/>", 'USD', 'twice'],
  ['', 'rates', 'no-rates'],
])('one wrong rate spoils the sheet: %s', (cubes, field, rule) => {
  refused(sheet(`<Cube time='2026-11-20'>${cubes}</Cube>`), field, rule);
});

it('a sheet is of one day, and says of which', () => {
  refused(sheet(`${DAY}${DAY}`), 'time', 'twice');
  refused(sheet(`${DAY}</Cube><Cube>`), 'Cube', 'twice');
  refused(sheet("<Cube><Cube currency='USD' rate='1'/></Cube>"), 'time', 'missing');
  refused(sheet("<Cube time='yesterday'/>"), 'time', 'not-a-date');
});

it('what is longer than a sheet can be is not read', () => {
  refused(' '.repeat(1_048_577), '', 'too-long');
});
