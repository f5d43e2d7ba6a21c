import { SaxesParser, type SaxesTagNS } from 'saxes';
import { MAX_DOCUMENT_CHARACTERS, type PublishedRates } from './published-rates';
import { RateError } from './rate-error';
import { readDate } from './rate-sheet';
import { readQuotedRates } from './rate-table';

const ENVELOPE = 'http://www.gesmes.org/xml/2002-08-01';
const VOCABULARY = 'http://www.ecb.int/vocabulary/2002-08-01/eurofxref';
/** What the rates of the ECB are counted in. */
export const ECB_BASE = 'EUR';

/** How deep the cubes lie: the one of all days, that of a day, those of its currencies. */
const DAYS_DEPTH = 1;
const DAY_DEPTH = 2;
const CURRENCY_DEPTH = 3;

/**
 * Reads the daily reference rates of the European Central Bank, units of each currency for one EUR:
 * `gesmes:Envelope / Cube / Cube time='…' / Cube currency='USD' rate='1.0592'`. Strict: well-formed
 * XML, one day, no document type and thus no entities of anybody's own.
 * @throws RateError
 */
export function readEcbDaily(text: string): PublishedRates {
  if (text.length > MAX_DOCUMENT_CHARACTERS) throw new RateError('', 'too-long');
  const sheet = new EcbSheet();
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('doctype', () => {
    throw new RateError('', 'not-xml', 'it has a document type');
  });
  parser.on('opentag', (tag) => {
    sheet.open(tag);
  });
  parser.on('closetag', () => {
    sheet.close();
  });
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof RateError) throw error;
    throw new RateError('', 'not-xml', error instanceof Error ? error.message : undefined);
  }
  return sheet.read();
}

class EcbSheet {
  private depth = 0;
  /** Inside of something that is none of the cubes, as the sender's name. */
  private strangeFrom: number | undefined;
  private cubes = 0;
  private publishedAt: string | undefined;
  private readonly values: [string, string][] = [];

  open(tag: SaxesTagNS): void {
    const { depth } = this;
    this.depth += 1;
    if (depth === 0) {
      if (tag.local === 'Envelope' && tag.uri === ENVELOPE) return;
      throw new RateError('Envelope', 'not-ecb', 'it is not the root');
    }
    if (this.strangeFrom !== undefined) return;
    if (tag.local === 'Cube' && tag.uri === VOCABULARY) this.openCube(depth, tag);
    else if (depth === DAYS_DEPTH) this.strangeFrom = depth;
    else throw new RateError(tag.local, 'not-ecb', 'it stands among the rates');
  }

  close(): void {
    this.depth -= 1;
    if (this.strangeFrom === this.depth) this.strangeFrom = undefined;
  }

  read(): PublishedRates {
    if (this.publishedAt === undefined) throw new RateError('time', 'missing');
    return { ...readQuotedRates(ECB_BASE, this.values), publishedAt: this.publishedAt };
  }

  private openCube(depth: number, { attributes }: SaxesTagNS): void {
    if (depth === DAYS_DEPTH) {
      this.cubes += 1;
      if (this.cubes > 1) throw new RateError('Cube', 'twice');
    } else if (depth === DAY_DEPTH) {
      if (this.publishedAt !== undefined) throw new RateError('time', 'twice', 'one day is read');
      this.publishedAt = readDate(attribute(attributes, 'time'), 'time');
    } else if (depth === CURRENCY_DEPTH) {
      const currency = attribute(attributes, 'currency');
      this.values.push([currency, attribute(attributes, 'rate', currency)]);
    } else throw new RateError('Cube', 'not-ecb', 'it lies too deep');
  }
}

function attribute(attributes: SaxesTagNS['attributes'], name: string, field = name): string {
  const value = Object.hasOwn(attributes, name) ? attributes[name]?.value : undefined;
  if (value === undefined) throw new RateError(field, 'missing');
  return value;
}
