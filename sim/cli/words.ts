// The words of the command line, read: groups of a partition, delays, rates, amounts. Each reader says what is wrong in one line.

import { readTier, TIERS, type Tier } from '../../node/types/tier.ts';
import { NetworkError } from '../cluster/errors.ts';
import type { NodeName } from '../kernel/links.ts';

/** `n1,n3 / n2,n4,n5,f1` as groups, however the shell has split it. */
export function readGroups(words: readonly string[]): NodeName[][] {
  const groups = words
    .join(' ')
    .split('/')
    .map((side) => side.split(/[\s,]+/).filter((name) => name !== ''));
  if (groups.length < 2 || groups.some((group) => group.length === 0)) {
    throw new NetworkError(
      'usage',
      `partition '${words.join(' ')}': expected two sides or more, as in: n1,n3 / n2,n4,n5,f1`,
    );
  }
  return groups;
}

/** `0`, `1`, `2`: a tier of the virtual machine. */
export function readTierFlag(text: string): Tier {
  const tier = readTier(text);
  if (tier === null) throw new NetworkError('usage', `--tier '${text}': expected one of ${TIERS.join(', ')}`);
  return tier;
}

/** `200ms`, `1.5s` or a bare number of milliseconds. */
export function readDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  if (match === null) throw new NetworkError('usage', `${flag} '${text}': expected a duration, as in 200ms or 1.5s`);
  const factor = { ms: 1, s: 1_000, m: 60_000 }[match[2] ?? 'ms'] ?? 1;
  return Math.round(Number(match[1]) * factor);
}

/** `1mbit`, `64kbit` or a bare number of bits a second; `none` for no limit. */
export function readRate(text: string, flag: string): number | null {
  if (text === 'none') return null;
  const match = /^(\d+(?:\.\d+)?)(bit|kbit|mbit|gbit)?$/.exec(text);
  const factor = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 }[match?.[2] ?? 'bit'] ?? 1;
  const rate = Number(match?.[1]) * factor;
  if (match === null || rate <= 0)
    throw new NetworkError('usage', `${flag} '${text}': expected a rate, as in 1mbit or 64kbit`);
  return rate;
}

/** `0.5` or `1ether`, `20gwei`, `100wei`: an amount in wei. A bare number is ether. */
export function readAmount(text: string, flag: string): bigint {
  const match = /^(\d+)(?:\.(\d+))?(ether|eth|gwei|wei)?$/.exec(text);
  if (match === null)
    throw new NetworkError('usage', `${flag} '${text}': expected an amount, as in 0.5, 20gwei or 100wei`);
  const digits = { ether: 18, eth: 18, gwei: 9, wei: 0 }[match[3] ?? 'ether'] ?? 18;
  const fraction = match[2] ?? '';
  if (fraction.length > digits) throw new NetworkError('usage', `${flag} '${text}': less than one wei`);
  return BigInt((match[1] ?? '0') + fraction.padEnd(digits, '0'));
}

/** A whole number between bounds. */
export function readWhole(text: string, flag: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new NetworkError('usage', `${flag} '${text}': expected a whole number from ${least} to ${most}`);
  }
  return value;
}
