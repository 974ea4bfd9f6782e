// Values in the words of a person: hex and, where it helps, decimal; names joined; numbers with their thousands.

/** `n1`, `n1 and n2`, `n1, n2 and n3`. */
export function joinNames(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** A hash as people compare it: its first eight digits. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 10)}…`;
}

/** `12,345`. */
export function thousands(value: number | bigint): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

const WORD = 2n ** 256n;
/** Numbers up to this have a decimal form that says something. */
const DECIMAL_MAX = 10n ** 15n;
/** Hex digits that are spelt out; of longer values the ends are. */
const DIGITS_MAX = 40;

/** A word of 256 bits: `0x100 = 256`, `0xffff…fffd = -3`; a long one by its ends, the same for two that are told apart by them. */
export function describeWord(hex: string): string {
  const value = BigInt(hex);
  const digits = value.toString(16);
  const text = digits.length <= DIGITS_MAX ? `0x${digits}` : `0x${digits.slice(0, 12)}…${digits.slice(-12)}`;
  if (value < 10n) return text;
  if (value < DECIMAL_MAX) return `${text} = ${thousands(value)}`;
  return WORD - value < DECIMAL_MAX ? `${text} = ${value - WORD}` : text;
}

/** The same for two values that differ: whole where their ends do not show it. */
export function describeWords(a: string, b: string): readonly [string, string] {
  const [left, right] = [describeWord(a), describeWord(b)];
  return left === right ? [a, b] : [left, right];
}

/** `1 step`, `2 steps`. */
export function count(amount: number, noun: string): string {
  return `${thousands(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}
