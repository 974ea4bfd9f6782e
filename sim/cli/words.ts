// The words of the command line, read: groups of a partition, delays, rates, amounts. Each reader says what is wrong in one line.

import { readTier, TIERS, type Tier } from '../../node/types/tier.ts';
import { NetworkError } from '../cluster/errors.ts';
import type { NodeName } from '../kernel/links.ts';
import { AMOUNT_FORM, readBits, readMs, readWei } from '../script/units.ts';

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
  const ms = readMs(isBare(text) ? `${text}ms` : text);
  if (ms === null) throw new NetworkError('usage', `${flag} '${text}': expected a duration, as in 200ms or 1.5s`);
  return ms;
}

/** `30` or `30%`: so many of a hundred. */
export function readPercent(text: string, flag: string): number {
  return readWhole(text.replace(/%$/, ''), flag, 0, 100);
}

/** `1mbit`, `64kbit` or a bare number of bits a second; `none` for no limit. */
export function readRate(text: string, flag: string): number | null {
  const rate = readBits(isBare(text) ? `${text}bit` : text);
  if (rate === null) throw new NetworkError('usage', `${flag} '${text}': expected a rate, as in 1mbit or 64kbit`);
  return rate === Number.POSITIVE_INFINITY ? null : rate;
}

/** `0.5` or `1ether`, `20gwei`, `100wei`: an amount in wei. A bare number is ether. */
export function readAmount(text: string, flag: string): bigint {
  const named = isBare(text) ? `${text}ether` : text;
  const wei = readWei(named);
  if (wei !== null) return wei;
  const why = AMOUNT_FORM.test(named) ? 'less than one wei' : 'expected an amount, as in 0.5, 20gwei or 100wei';
  throw new NetworkError('usage', `${flag} '${text}': ${why}`);
}

function isBare(text: string): boolean {
  return /^\d+(?:\.\d+)?$/.test(text);
}

/** A whole number between bounds. */
export function readWhole(text: string, flag: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new NetworkError('usage', `${flag} '${text}': expected a whole number from ${least} to ${most}`);
  }
  return value;
}
