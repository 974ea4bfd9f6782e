import { describe, expect, it } from 'vitest';
import { TIERS } from '../../../node/types/tier.ts';
import { readAmount, readDuration, readGroups, readRate, readTierFlag, readWhole } from '../../../sim/cli/words.ts';
import { NetworkError } from '../../../sim/cluster/errors.ts';
import { describeShape } from '../../../sim/cluster/story.ts';

/** The one line that a bad word is answered with; it must be a usage error. */
function lineOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as NetworkError).code).toBe('usage');
    expect((error as NetworkError).message).not.toContain('\n');
    return (error as NetworkError).message;
  }
  throw new Error('it was read');
}

describe('the words of a partition', () => {
  const SIDES = [
    ['n1', 'n3'],
    ['n2', 'n4', 'f1'],
  ];
  it.each([
    [['n1,n3', '/', 'n2,n4,f1']],
    [['n1,n3/n2,n4,f1']],
    [['n1', 'n3', '/', 'n2', 'n4', 'f1']],
    [['n1,', 'n3', '/n2,n4', ',f1']],
  ])('are read however the shell has split them: %j', (words) => {
    expect(readGroups(words)).toEqual(SIDES);
  });

  it.each([
    [['n1,n2']],
    [['n1', '/']],
    [['/', 'n1']],
    [['n1', '/', '/', 'n2']],
    [[]],
  ])('name two sides or more: %j', (words) => {
    expect(lineOf(() => readGroups(words))).toBe(
      `partition '${words.join(' ')}': expected two sides or more, as in: n1,n3 / n2,n4,n5,f1`,
    );
  });
});

describe('a duration', () => {
  it.each([
    ['200ms', 200],
    ['200', 200],
    ['1.5s', 1_500],
    ['0.0004s', 0],
    ['2m', 120_000],
    ['0', 0],
    ['60000ms', 60_000],
  ])('%s is %i ms', (text, ms) => {
    expect(readDuration(text, '--delay')).toBe(ms);
  });

  it.each(['', '-5ms', '5 ms', '1h', '.5s', '1e3', 'fast', '0x10'])("'%s' is none", (text) => {
    expect(lineOf(() => readDuration(text, '--delay'))).toBe(
      `--delay '${text}': expected a duration, as in 200ms or 1.5s`,
    );
  });
});

describe('a rate', () => {
  it.each([
    ['1mbit', 1_000_000],
    ['64kbit', 64_000],
    ['2.5gbit', 2_500_000_000],
    ['9600', 9_600],
    ['10bit', 10],
    ['none', null],
  ])('%s is %s bits a second', (text, rate) => {
    expect(readRate(text, '--rate')).toBe(rate);
  });

  it.each(['0', '0mbit', '-1', '1mb', '1 mbit', '', 'all'])("'%s' is none", (text) => {
    expect(lineOf(() => readRate(text, '--rate'))).toBe(`--rate '${text}': expected a rate, as in 1mbit or 64kbit`);
  });
});

describe('a tier', () => {
  it('is a number that a machine is made for', () => {
    expect([readTierFlag('0'), readTierFlag('1')]).toEqual([0, 1]);
  });

  it.each(['', '-1', '9', '1.0', '01', 'fast'])("'%s' is none", (text) => {
    expect(lineOf(() => readTierFlag(text))).toBe(`--tier '${text}': expected one of ${TIERS.join(', ')}`);
  });
});

describe('an amount', () => {
  it.each([
    ['1', 10n ** 18n],
    ['0.5', 5n * 10n ** 17n],
    ['1ether', 10n ** 18n],
    ['1eth', 10n ** 18n],
    ['20gwei', 20_000_000_000n],
    ['100wei', 100n],
    ['0', 0n],
    ['0.000000000000000001', 1n],
    ['123456789.123456789', 123_456_789_123_456_789_000_000_000n],
  ])('%s is %s wei', (text, wei) => {
    expect(readAmount(text, '--value')).toBe(wei);
  });

  it.each(['', '-1', '1 ether', '1.', '.5', '1e18', 'all', '0x1'])("'%s' is none", (text) => {
    expect(lineOf(() => readAmount(text, '--value'))).toBe(
      `--value '${text}': expected an amount, as in 0.5, 20gwei or 100wei`,
    );
  });

  it.each(['0.0000000000000000001', '0.5wei', '1.0000000001gwei'])('%s is less than one wei', (text) => {
    expect(lineOf(() => readAmount(text, '--value'))).toBe(`--value '${text}': less than one wei`);
  });
});

describe('a whole number', () => {
  it.each([
    ['1', 1],
    ['50', 50],
    ['007', 7],
  ])('%s is within 1 and 50', (text, value) => {
    expect(readWhole(text, '--nodes', 1, 50)).toBe(value);
  });

  it.each(['0', '51', '1.5', '-1', '', ' 5', '1e1', 'five', '99999999999999999999'])("'%s' is not", (text) => {
    expect(lineOf(() => readWhole(text, '--nodes', 1, 50))).toBe(
      `--nodes '${text}': expected a whole number from 1 to 50`,
    );
  });
});

describe('a shape in words', () => {
  it('names what is given, and nothing else', () => {
    expect(describeShape({ state: 'open', delayMs: 200, jitterMs: 50, bitsPerSecond: null })).toBe(
      'open, delay 200 ms, jitter 50 ms, rate unlimited bit/s',
    );
    expect(describeShape({ bitsPerSecond: 64_000 })).toBe('rate 64000 bit/s');
  });
});
