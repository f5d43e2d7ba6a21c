/** An amount that cannot be meant as it is written. */
export class InvalidAmountError extends Error {
  override readonly name = 'InvalidAmountError';
}

const DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;

/**
 * Base units, as decimal text, of an amount that is written in the ledger's currency: exactly, or
 * not at all. `scale` is the number of decimal places of the base unit; negative = its zeros.
 * @param field how the amount is named to whoever wrote it
 * @throws InvalidAmountError naming field, rule and scale
 */
export function baseUnits(field: string, written: string, scale: number): string {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(written) ?? [];
  if (sign === undefined || whole === undefined) {
    throw new InvalidAmountError(
      `${field}: must be a decimal number like 12.5, without exponent or leading zeros, ` +
        `not "${written}"`,
    );
  }
  const decimals = fraction.replace(/0+$/, '');
  if (decimals.length > Math.max(0, scale)) {
    throw new InvalidAmountError(
      `${field}: ${written} has more decimals (${decimals.length}) than the scale of the ledger, ${scale}`,
    );
  }
  const units = BigInt(whole + decimals.padEnd(Math.max(0, scale), '0'));
  const zeros = 10n ** BigInt(Math.max(0, -scale));
  if (units % zeros !== 0n) {
    throw new InvalidAmountError(
      `${field}: ${written} is no multiple of ${zeros}, as the scale ${scale} of the ledger asks for`,
    );
  }
  const text = (units / zeros).toString();
  return sign === '-' && text !== '0' ? `-${text}` : text;
}

/** Base units in the ledger's currency, exactly: `1500` at scale 9 is `0.000001500`. */
export function inCurrency(units: string, scale: number): string {
  if (scale <= 0) return units === '0' ? '0' : units + '0'.repeat(-scale);
  const sign = units.startsWith('-') ? '-' : '';
  const digits = units.replace('-', '').padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
