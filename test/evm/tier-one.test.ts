import { describe, expect, it } from 'vitest';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { moduleBytes, PAGES_MIN } from '../../node/evm/tier-one/module.ts';
import { PAIRED } from '../../node/evm/tier-one/operations.ts';
import { createRandom } from '../../node/lib/random.ts';
import type { Address } from '../../node/types/transaction.ts';
import { assemble } from './assembler.ts';
import { randomCase, THIRD } from './random-case.ts';
import { type Account, CONTRACT, OTHER, run } from './run.ts';
import { runOnBoth, tierOne } from './tiers.ts';

/** More by LOCKSTEP_PROGRAMS=100000, from another seed by LOCKSTEP_SEED. */
const PROGRAMS = Number(process.env['LOCKSTEP_PROGRAMS'] ?? 1500);
const SEED = process.env['LOCKSTEP_SEED'] ?? 'tier one';

describe('random programs', () => {
  it(`have the same result, gas, steps, logs and changes as on the reference machine (${PROGRAMS} from “${SEED}”)`, () => {
    let ended = 0;
    for (let i = 0; i < PROGRAMS; i++) {
      const { code, setting } = randomCase(`${SEED}/${i}`);
      const { expected, actual } = runOnBoth(code, setting);
      expect(actual, `seed ${SEED}/${i}`).toEqual(expected);
      if (expected.status !== 'halt') ended++;
    }
    expect(ended * 2).toBeGreaterThan(PROGRAMS); // most do something
  }, 600_000);

  it('have the same result with every gas from none to enough', () => {
    for (let i = 0, swept = 0; swept < 4; i++) {
      const { code, setting } = randomCase(`sweep/${i}`);
      const enough = { ...setting, gas: 200_000 };
      const { gasUsed, status } = run(code, enough);
      if (status !== 'success' || gasUsed < 200 || gasUsed > 30_000) continue;
      swept++;
      const stride = 1 + Math.floor(gasUsed / 1500);
      for (let gas = 0; gas <= gasUsed + 3; gas += stride) {
        const { expected, actual } = runOnBoth(code, { ...setting, gas });
        expect(actual, `sweep/${i} with ${gas} gas`).toEqual(expected);
      }
    }
  }, 120_000);

  it('have the same result with every step budget', () => {
    const { code, setting } = randomCase('budget/3');
    const { steps } = run(code, setting);
    for (let stepBudget = 0; stepBudget <= Math.min(steps + 2, 400); stepBudget++) {
      const { expected, actual } = runOnBoth(code, { ...setting, stepBudget });
      expect(actual, `${stepBudget} steps`).toEqual(expected);
    }
  });
});

describe('words', () => {
  const random = createRandom('words');
  const edges = [0n, 1n, 2n, 31n, 32n, 255n, 256n, 2n ** 32n - 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 128n - 1n];
  const highs = [2n ** 128n, 2n ** 192n, 2n ** 255n - 1n, 2n ** 255n, 2n ** 256n - 2n, 2n ** 256n - 1n];
  const randoms = Array.from({ length: 12 }, () => {
    let word = 0n;
    const digits = random.between(1, 8);
    for (let i = 0; i < digits; i++)
      word = (word << 32n) | BigInt(random.pick([0, 1, 2 ** 31, 2 ** 32 - 1, random.below(2 ** 32)]));
    return word;
  });
  const words = [...edges, ...highs, ...randoms].map((word) => `0x${word.toString(16).padStart(64, '0')}`);
  const binary = ['ADD', 'MUL', 'SUB', 'DIV', 'SDIV', 'MOD', 'SMOD', 'EXP', 'SIGNEXTEND', 'LT', 'GT', 'SLT', 'SGT'];
  const bits = ['EQ', 'AND', 'OR', 'XOR', 'BYTE', 'SHL', 'SHR', 'SAR'];

  it.each([...binary, ...bits])('are the same for %s', (name) => {
    // all results of one operand are hashed together: a run for each would take minutes
    for (const a of words) {
      const text = words.map((b, i) => `${b} ${a} ${name} ${i * 32} MSTORE`).join(' ');
      const { expected, actual } = runOnBoth(`${text} ${words.length * 32} 0 RETURN`, { gas: 10 ** 7 });
      expect(actual).toEqual(expected);
    }
  });

  it.each(['ADDMOD', 'MULMOD'])('are the same for %s', (name) => {
    for (const a of words)
      for (const modulus of words) {
        const text = words.map((b, i) => `${modulus} ${b} ${a} ${name} ${i * 32} MSTORE`).join(' ');
        const { expected, actual } = runOnBoth(`${text} ${words.length * 32} 0 RETURN`, { gas: 10 ** 7 });
        expect(actual).toEqual(expected);
      }
  });

  it('are hashed the same at every length around the blocks of keccak', () => {
    const text = Array.from({ length: 280 }, (_, size) => `${size} 7 KECCAK256 ADD`).join(' ');
    const { expected, actual } = runOnBoth(`0 32 0 0 CODECOPY ${text} 0 MSTORE 32 0 RETURN`);
    expect(actual).toEqual(expected);
  });
});

describe('warm slots in linear memory', () => {
  const flip = '0 SLOAD 1 XOR 0 SSTORE';
  it.each([
    ['are undone where their frame reverts', `${flip} 0 0 0 0 0 ${OTHER} GAS CALL POP 0 SLOAD 0 MSTORE 32 0 RETURN`],
    ['are what the callee left', `${flip} 0 0 0 0 ${OTHER} GAS DELEGATECALL POP 0 SLOAD 0 MSTORE 32 0 RETURN`],
    ['gain refunds that are taken back', `${'0 0 SSTORE 9 0 SSTORE 5 0 SSTORE '.repeat(3)}`],
  ])('%s', (_, text) => {
    const program = assemble(text);
    for (const code of [`${flip} 0 0 REVERT`, `${flip} 7 3 SSTORE`, `${flip} INVALID`].map(assemble)) {
      const setting = { storage: { 0: 5n, 1: 1n }, accounts: { [OTHER]: { code } } };
      const { expected, actual } = runOnBoth(program, setting);
      expect(actual).toEqual(expected);
      const stride = 37;
      for (let gas = 0; gas < 60_000; gas += stride) {
        const short = runOnBoth(program, { ...setting, gas });
        expect(short.actual, `${gas} gas`).toEqual(short.expected);
      }
    }
  });

  it('of more slots than there are places agree', () => {
    const text = '9000 loop: DUP1 DUP1 SSTORE 1 SWAP1 SUB DUP1 SLOAD POP DUP1 @loop JUMPI';
    const { expected, actual } = runOnBoth(text, { gas: 10 ** 9 });
    expect(actual).toEqual(expected);
  });
});

describe('frames', () => {
  it('reach the depth of 1,024 and go back', () => {
    const text = `0 SLOAD 1 ADD DUP1 0 SSTORE 0 0 0 0 0 ${CONTRACT} GAS CALL 1 SLOAD ADD 1 SSTORE`;
    const { expected, actual } = runOnBoth(text, { gas: 2 ** 50 });
    expect(actual).toEqual(expected);
    expect(expected.diff.get(CONTRACT)?.storage.get(0n)).toBe(1025n);
  });

  it('find their memory empty, whatever lay there before', () => {
    const dirty = `${Array.from({ length: 40 }, (_, i) => `0x${'ff'.repeat(32)} ${i * 32} MSTORE`).join(' ')} 640 0 RETURN`;
    const text = `0 0 0 0 0 ${OTHER} GAS CALL POP 0 MLOAD 1000 MLOAD OR 0 0 0 0 0 ${THIRD} GAS CALL POP 64 0 RETURN`;
    const { expected, actual } = runOnBoth(text, {
      accounts: { [OTHER]: { code: dirty }, [THIRD]: { code: '500 MLOAD 0 SSTORE 640 0 RETURN' } },
    });
    expect(actual).toEqual(expected);
  });
});

describe('what falls back to the reference machine', () => {
  const grow = (bytes: number) =>
    `7 ${bytes} MSTORE8 ${bytes} MLOAD 0 MSTORE 0 0 32 0 0 ${OTHER} GAS CALL MSIZE ADD 0 SSTORE`;

  it('is a frame whose memory linear memory does not hold, from where it grows', () => {
    const small = createTierOne({ pagesMax: PAGES_MIN + 8 });
    const accounts = { [OTHER]: { code: '0 CALLDATALOAD 1 SSTORE' } };
    for (const bytes of [1_000, 1_500_000, 2_000_000]) {
      const { expected, actual } = runOnBoth(grow(bytes), { gas: 10 ** 9, accounts }, small);
      expect(actual, `${bytes} bytes`).toEqual(expected);
      expect(actual.status).toBe('success');
    }
    const { module, reference } = small.counts();
    expect(module > 0 && reference > 0).toBe(true);
  });

  it('is a frame whose memory a call or a return grows too far', () => {
    const small = createTierOne({ pagesMax: PAGES_MIN + 8 });
    for (const text of [
      '2000000 0 RETURN',
      `2000000 0 0 0 0 ${OTHER} GAS CALL MSIZE 0 SSTORE`,
      `0 0 2000000 0 0 ${OTHER} GAS CALL MSIZE 0 SSTORE`,
      '2000000 0 LOG0 MSIZE 0 SSTORE',
    ]) {
      const { expected, actual } = runOnBoth(
        text,
        { gas: 10 ** 9, accounts: { [OTHER]: { code: 'CALLDATASIZE 0 SSTORE' } } },
        small,
      );
      expect(actual, text).toEqual(expected);
      expect(actual.status).toBe('success');
    }
  });

  it('is everything where the engine refuses the module', () => {
    const refusals: unknown[] = [];
    const refused = createTierOne({ pagesMax: 1, onRefusal: (error) => void refusals.push(error) });
    expect(refusals.length).toBe(1);
    const { expected, actual } = runOnBoth('1 2 ADD 0 SSTORE', {}, refused);
    expect(actual).toEqual(expected);
    expect(refused.counts().module).toBe(0);
  });

  it('is what is watched, and what is older than Cancun', () => {
    const before = tierOne.counts().module;
    run('1 2 ADD', { machine: tierOne, hooks: { step: () => {} } });
    run('1 2 ADD', { machine: tierOne, fork: 'Shanghai' });
    expect(tierOne.counts().module).toBe(before);
    run('1 2 ADD', { machine: tierOne });
    expect(tierOne.counts().module).toBe(before + 4);
  });

  it('is code that finds no room beside the code of many other accounts', () => {
    const accounts: Record<Address, Account> = {};
    const code = new Uint8Array(24_576).fill(0x5b);
    code.set(assemble('0 SLOAD 1 ADD 0 SSTORE 24570 JUMP'));
    for (let i = 1; i <= 330; i++)
      accounts[`0x${(0x10000 + i).toString(16).padStart(40, '0')}`] = { code: code.slice() };
    const call = '0 0 0 0 0 DUP6 0x010000 ADD GAS CALL POP';
    const text = `330 loop: ${call} ${call} 1 SWAP1 SUB DUP1 @loop JUMPI`;
    const before = tierOne.counts().reference;
    const { expected, actual } = runOnBoth(text, { gas: 10 ** 9, accounts }, tierOne);
    expect(actual).toEqual(expected);
    expect(actual.diff.size).toBe(330);
    expect(tierOne.counts().reference).toBeGreaterThan(before);
  });

  it('is code of more than 65,535 bytes', () => {
    const code = new Uint8Array(70_000).fill(0x5b);
    code.set(assemble('69999 JUMP'));
    const { expected, actual } = runOnBoth(code);
    expect(actual).toEqual(expected);
  });
});

describe('instructions that are joined', () => {
  const words = ['5', '3', '3', '0', '9', '2', `0x${'ff'.repeat(32)}`, '1', '0'];
  const tell = `${Array.from({ length: 6 }, (_, i) => `${32 * i} MSTORE`).join(' ')} 192 0 RETURN`;
  const orders = words.map((_, i) => [...words.slice(i), ...words.slice(0, i)].join(' '));
  const spelt = (name: string): string =>
    name === 'push4' ? '77' : name.startsWith('constant-') ? `3 ${name.slice('constant-'.length)}` : name;

  it.each(
    PAIRED.filter(([, second]) => !second.endsWith('JUMPI') && second !== 'JUMP'),
  )('do what they did alone: %s %s', (first, second) => {
    for (const stack of orders) {
      const { expected, actual } = runOnBoth(`${stack} ${spelt(first)} ${spelt(second)} ${tell}`);
      expect(actual, stack).toEqual(expected);
    }
  });

  it.each(PAIRED.filter(([, second]) => second === 'constant-JUMPI'))('test, and jump or not: %s %s', (first) => {
    for (const stack of orders)
      for (const target of ['@there', '1', '9000']) {
        const text = `${stack} ${spelt(first)} ${target} JUMPI 7 0 SSTORE ${tell} there: ${tell}`;
        const { expected, actual } = runOnBoth(text);
        expect(actual, `${stack} to ${target}`).toEqual(expected);
      }
  });

  it('drop a word and jump', () => {
    for (const target of ['@there', '1', '9000', `0x${'ff'.repeat(32)}`]) {
      const { expected, actual } = runOnBoth(`${orders[0]} ${target} 4 POP JUMP 7 0 SSTORE STOP there: ${tell}`);
      expect(actual, target).toEqual(expected);
    }
  });

  it('make masks and shifts of every width', () => {
    for (const width of [0, 1, 63, 64, 65, 127, 128, 160, 191, 192, 255, 256, 300, 2 ** 31, 2 ** 32 - 1])
      for (const text of [
        `1 1 ${width} SHL SUB`,
        `2 1 ${width} SHL SUB`,
        `1 1 1 ${width} SHL SUB ADD`,
        `0x80${'f7'.repeat(31)} ${width} SHL`,
        `0x80${'f7'.repeat(31)} ${width} SHR`,
        `0x80${'f7'.repeat(31)} ${width} SAR`,
      ]) {
        const { expected, actual } = runOnBoth(`${orders[0]} ${text} ${tell}`);
        expect(actual, text).toEqual(expected);
      }
  });

  it('halt at the second where that is the first that cannot be done', () => {
    for (const [first, second] of PAIRED)
      for (let gas = 0; gas < 90; gas++) {
        const { expected, actual } = runOnBoth(`9 2 5 1 ${spelt(first)} ${spelt(second)} 1 2`, { gas });
        expect(actual, `${first} ${second} with ${gas} gas`).toEqual(expected);
      }
  });
});

describe('the module', () => {
  it('has the same bytes whenever it is put together', () => {
    expect(moduleBytes()).toEqual(moduleBytes());
  });
});
