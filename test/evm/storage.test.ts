import { describe, expect, it } from 'vitest';
import type { Fork } from '../../node/types/config.ts';
import { CONTRACT, evaluate, OTHER, run } from './run.ts';

/** Writes the values to slot 0, one after the other. */
function writes(values: readonly number[], original: number, fork: Fork) {
  const text = values.map((value) => `${value} 0 SSTORE`).join(' ');
  const { gasUsed, journal } = run(text, {
    fork,
    storage: original === 0 ? {} : { '0': BigInt(original) },
    warm: [0n],
  });
  return { gasUsed, refund: journal.refund() };
}

// original value, values written, then gas and refund under EIP-1283, EIP-2200, EIP-3529 (warm slot); the tables of these EIPs
const CASES: readonly (readonly [
  number,
  readonly number[],
  readonly number[],
  readonly number[],
  readonly number[],
])[] = [
  [0, [0, 0], [412, 0], [1612, 0], [212, 0]],
  [0, [0, 1], [20212, 0], [20812, 0], [20112, 0]],
  [0, [1, 0], [20212, 19800], [20812, 19200], [20112, 19900]],
  [0, [1, 2], [20212, 0], [20812, 0], [20112, 0]],
  [0, [1, 1], [20212, 0], [20812, 0], [20112, 0]],
  [1, [0, 0], [5212, 15000], [5812, 15000], [3012, 4800]],
  [1, [0, 1], [5212, 4800], [5812, 4200], [3012, 2800]],
  [1, [0, 2], [5212, 0], [5812, 0], [3012, 0]],
  [1, [2, 0], [5212, 15000], [5812, 15000], [3012, 4800]],
  [1, [2, 3], [5212, 0], [5812, 0], [3012, 0]],
  [1, [2, 1], [5212, 4800], [5812, 4200], [3012, 2800]],
  [1, [2, 2], [5212, 0], [5812, 0], [3012, 0]],
  [1, [1, 0], [5212, 15000], [5812, 15000], [3012, 4800]],
  [1, [1, 2], [5212, 0], [5812, 0], [3012, 0]],
  [1, [1, 1], [412, 0], [1612, 0], [212, 0]],
  [0, [1, 0, 1], [40218, 19800], [40818, 19200], [40118, 19900]],
  [1, [0, 1, 0], [10218, 19800], [10818, 19200], [5918, 7600]],
];

describe('SSTORE', () => {
  it.each(CASES)('from %i writes %j', (original, values, eip1283, eip2200, eip3529) => {
    const expected = ([gasUsed, refund]: readonly number[]) => ({ gasUsed, refund });
    expect(writes(values, original, 'Constantinople'), 'EIP-1283').toEqual(expected(eip1283));
    expect(writes(values, original, 'Istanbul'), 'EIP-2200').toEqual(expected(eip2200));
    expect(writes(values, original, 'Osaka'), 'EIP-3529').toEqual(expected(eip3529));
  });

  it('does not look at the original value in Petersburg', () => {
    expect(writes([1, 0], 0, 'Petersburg')).toEqual({ gasUsed: 20_000 + 5_000 + 12, refund: 15_000 });
    expect(writes([1, 1], 0, 'Petersburg')).toEqual({ gasUsed: 20_000 + 5_000 + 12, refund: 0 });
  });

  it('refunds 15,000 for clearing between EIP-2929 and EIP-3529', () => {
    expect(writes([0], 1, 'Berlin')).toEqual({ gasUsed: 2_906, refund: 15_000 });
  });

  it('charges a cold slot once', () => {
    expect(run('1 0 SSTORE').gasUsed).toBe(6 + 2_100 + 20_000);
    expect(run('1 0 SSTORE 2 0 SSTORE').gasUsed).toBe(12 + 2_100 + 20_000 + 100);
  });

  it('is refused with 2,300 gas or less, and not with one more', () => {
    expect(run('0 0 SSTORE', { gas: 2_306, warm: [0n] }).halt).toBe('out-of-gas');
    expect(run('0 0 SSTORE', { gas: 2_307, warm: [0n] }).status).toBe('success');
    expect(run('0 0 SSTORE', { gas: 206, fork: 'Constantinople' }).status).toBe('success');
  });

  it('is undone, with its refund and its warmth, where its frame fails', () => {
    const inner = { code: '0 0 SSTORE 0 SLOAD INVALID', storage: { '0': 1n } };
    const { journal, status } = run(`0 0 0 0 0 ${OTHER} 50000 CALL`, { accounts: { [OTHER]: inner } });
    expect(status).toBe('success');
    expect(journal.storage(OTHER, 0n)).toBe(1n);
    expect(journal.refund()).toBe(0);
    expect(journal.isWarmSlot(OTHER, 0n)).toBe(false);
    expect(journal.isWarmAddress(OTHER)).toBe(true);
  });
});

describe('SLOAD', () => {
  it('costs more the first time since Berlin', () => {
    expect(run('0 SLOAD').gasUsed).toBe(3 + 2_100);
    expect(run('0 SLOAD POP 0 SLOAD').gasUsed).toBe(8 + 2_100 + 100);
    expect(run('0 SLOAD', { warm: [0n] }).gasUsed).toBe(3 + 100);
  });

  it.each([
    ['Frontier', 50],
    ['TangerineWhistle', 200],
    ['Istanbul', 800],
  ] as const)('costs in %s %i', (fork, gas) => {
    expect(run('0 SLOAD', { fork }).gasUsed).toBe(3 + gas);
  });
});

describe('EIP-1153', () => {
  it('reads what the same transaction wrote, for 100 gas each', () => {
    expect(evaluate('7 1 TSTORE 1 TLOAD')).toBe(7n);
    expect(evaluate('7 1 TSTORE 2 TLOAD')).toBe(0n);
    expect(run('7 1 TSTORE 1 TLOAD').gasUsed).toBe(9 + 200);
  });

  it('belongs to the account, and outlives the frame', () => {
    const call = `0 0 0 0 0 ${OTHER} GAS CALL POP`;
    expect(evaluate(`${call} 1 TLOAD`, { accounts: { [OTHER]: { code: '9 1 TSTORE' } } })).toBe(0n);
    expect(
      evaluate(`0 0 0 0 ${OTHER} GAS DELEGATECALL POP 1 TLOAD`, { accounts: { [OTHER]: { code: '9 1 TSTORE' } } }),
    ).toBe(9n);
  });

  it('is undone where its frame fails', () => {
    const accounts = { [OTHER]: { code: '9 1 TSTORE 0 0 REVERT' } };
    expect(evaluate(`8 1 TSTORE 0 0 0 0 ${OTHER} GAS DELEGATECALL POP 1 TLOAD`, { accounts })).toBe(8n);
  });

  it('may not be written in a static frame, and may be read', () => {
    const call = `0 0 0 0 ${OTHER} 10000 STATICCALL`;
    expect(evaluate(call, { accounts: { [OTHER]: { code: '9 1 TSTORE' } } })).toBe(0n);
    expect(evaluate(call, { accounts: { [OTHER]: { code: '1 TLOAD' } } })).toBe(1n);
  });

  it('writes nothing to storage', () => {
    expect(run('7 1 TSTORE').journal.storage(CONTRACT, 1n)).toBe(0n);
  });
});
