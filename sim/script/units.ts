// Durations, rates, shares and amounts as people write them. Each reader answers null for what is none: who asked says where it stood.

/** What each is, for messages, and the form of it, for editors. */
export const DURATION = 'a duration, as in 200ms, 1.5s or 2m';
export const DURATION_FORM = /^(\d+(?:\.\d+)?)(ms|s|m)$/;
export const RATE = 'a rate in bits a second, as in 1mbit or 64kbit, or none';
export const RATE_FORM = /^(?:none|(\d+(?:\.\d+)?)(bit|kbit|mbit|gbit))$/;
export const AMOUNT = 'an amount with its unit, as in 1.5ether, 20gwei or 100wei';
export const AMOUNT_FORM = /^(\d+)(?:\.(\d+))?(ether|eth|gwei|wei)$/;

/** Of a hundred: whole numbers, which is what both networks draw by. */
export const SHARE = 'a share in whole percent, as in 30%';
export const SHARE_FORM = /^(?:100|\d{1,2})%$/;

/** Whole milliseconds of a duration with its unit. */
export function readMs(text: string): number | null {
  const match = DURATION_FORM.exec(text);
  if (match === null) return null;
  const factor = { ms: 1, s: 1_000, m: 60_000 }[match[2] ?? 'ms'] ?? 1;
  return Math.round(Number(match[1]) * factor);
}

/** Whole bits a second of a rate with its unit; `none` is Infinity: no limit. Zero is no rate. */
export function readBits(text: string): number | null {
  if (text === 'none') return Number.POSITIVE_INFINITY;
  const match = RATE_FORM.exec(text);
  if (match === null) return null;
  const factor = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 }[match[2] ?? 'bit'] ?? 1;
  const rate = Math.round(Number(match[1]) * factor);
  return rate > 0 ? rate : null;
}

/** Wei of an amount with its unit; null too where it has more digits than one wei. */
export function readWei(text: string): bigint | null {
  const match = AMOUNT_FORM.exec(text);
  if (match === null) return null;
  const digits = { ether: 18, eth: 18, gwei: 9, wei: 0 }[match[3] ?? 'wei'] ?? 0;
  const fraction = match[2] ?? '';
  if (fraction.length > digits) return null;
  return BigInt((match[1] ?? '0') + fraction.padEnd(digits, '0'));
}

/** A duration as it is written: in seconds or minutes where that is shorter and exact. */
export function msText(ms: number): string {
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms > 0 && ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** A rate as it is written; null for no limit. */
export function bitsText(bits: number | null): string {
  if (bits === null) return 'none';
  if (bits % 1e6 === 0) return `${bits / 1e6}mbit`;
  return bits % 1e3 === 0 ? `${bits / 1e3}kbit` : `${bits}bit`;
}
