import { describe, expect, it } from 'vitest';
import { ALLOWANCE_BYTES_MAX, BYTES_PER_THRESHOLD, createAllowance } from '../../node/evm/tier-two/allowance.ts';
import { LIMITS } from '../../node/evm/tier-two/compiler.ts';
import { createTierTwo, THRESHOLD } from '../../node/evm/tier-two/machine.ts';
import { divide } from '../../node/lib/integer.ts';
import { assemble } from './assembler.ts';
import { randomCase } from './random-case.ts';
import { CONTRACT, OTHER, run } from './run.ts';
import { refusals, runOnBoth, tierTwo, warmTierTwo } from './tiers.ts';

const refuse = (error: unknown): never => {
  throw error;
};
const ADD_UP = '0 CALLDATALOAD loop: SWAP1 DUP2 ADD SWAP1 1 SWAP1 SUB DUP1 @loop JUMPI POP 0 MSTORE 32 0 RETURN';
/** That many rounds of a loop. */
const loopOf = (body: string, rounds: number): string => `${rounds} loop: ${body} 1 SWAP1 SUB DUP1 @loop JUMPI STOP`;

describe('what is compiled', () => {
  it('is a block that has done so many steps, and neither one that has done fewer nor the code of a creation', () => {
    const machine = createTierTwo({ threshold: 100 });
    run(loopOf('', 15), { machine }); // seven steps each
    expect(machine.compiled().functions).toBe(0);
    run('0 0 0 CREATE', { machine });
    const create = `${loopOf('', 50)}`;
    const initCode = [...assemble(create)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    run(`0x${initCode} 0 MSTORE ${initCode.length / 2} ${32 - initCode.length / 2} 0 CREATE`, { machine });
    expect(machine.compiled().functions).toBe(0);
    run(loopOf('', 50), { machine });
    expect(machine.compiled()).toMatchObject({ functions: 1, refusals: 0 });
  });

  it('depends on steps alone: two machines compile the same', () => {
    const compile = () => {
      const machine = createTierTwo({ threshold: 40 });
      for (let i = 0; i < 30; i++) {
        const { code, setting } = randomCase(`same/${i}`);
        run(code, { ...setting, machine });
      }
      return { ...machine.compiled(), ...machine.counts() };
    };
    expect(compile()).toEqual(compile());
  });

  it('does almost all steps of a long loop', () => {
    const machine = createTierTwo({ onRefusal: refuse });
    const { steps } = run(loopOf('DUP1 MUL', 100_000), { machine, gas: 10 ** 9 });
    expect(machine.counts().compiled).toBeGreaterThan(steps - 2 * THRESHOLD);
    expect(machine.counts().compiled + machine.counts().module).toBe(steps);
  });
});

describe('steps', () => {
  it('of an inner frame that cannot pay a compiled block are tier 2’s, which found that out', () => {
    const machine = createTierTwo({ threshold: 0, onRefusal: refuse });
    const accounts = { [OTHER]: { code: '0 CALLDATALOAD SELFDESTRUCT' } };
    const { steps } = run(loopOf(`0 0 0 0 0 ${OTHER} 6 CALL POP`, 100), { machine, accounts, gas: 10 ** 6 });
    expect(machine.counts()).toEqual({ compiled: steps, module: 0, reference: 0 });
  });
});

describe('compiled code', () => {
  it.each([
    [
      'a loop inside a loop',
      '9 outer: 7 inner: DUP2 DUP2 MUL 0 MLOAD ADD 0 MSTORE 1 SWAP1 SUB DUP1 @inner JUMPI POP 1 SWAP1 SUB DUP1 @outer JUMPI 32 0 RETURN',
    ],
    [
      'a subroutine that returns to several places',
      '@a 5 @f JUMP a: @b 6 @f JUMP b: ADD 0 MSTORE 32 0 RETURN f: DUP1 MUL SWAP1 JUMP',
    ],
    [
      'a subroutine that is called in a loop',
      '20 loop: @a DUP2 @f JUMP a: POP 1 SWAP1 SUB DUP1 @loop JUMPI STOP f: DUP1 MUL SWAP1 JUMP',
    ],
    ['a jump to what the input says', `0 CALLDATALOAD JUMP ${'1 POP '.repeat(3)} a: 7 0 MSTORE 32 0 RETURN`],
    [
      'a recursion',
      '@end 12 @f JUMP end: STOP f: DUP1 ISZERO @done JUMPI 1 SWAP1 SUB @done SWAP1 @f JUMP done: POP JUMP',
    ],
    ['a loop that eats the stack', `${'1 '.repeat(40)} loop: ADD DUP1 50 GT @loop JUMPI`],
    ['a loop that grows the stack', '0 loop: DUP1 1 ADD DUP1 2000 GT @loop JUMPI'],
    [
      'words that change places in a loop',
      '1 2 3 9 loop: SWAP3 SWAP1 SWAP2 SWAP3 1 SWAP1 SUB DUP1 @loop JUMPI POP 0 MSTORE 32 MSTORE 64 MSTORE 96 0 RETURN',
    ],
    [
      'a word that is written over in a loop',
      '5 6 9 loop: DUP3 DUP3 ADD SWAP3 POP SWAP1 DUP3 XOR SWAP1 1 SWAP1 SUB DUP1 @loop JUMPI POP 0 MSTORE 32 MSTORE 64 0 RETURN',
    ],
  ])('does %s as the reference does, with every gas', (_, text) => {
    const code = assemble(text);
    const data = new Uint8Array(32);
    data[31] = code.indexOf(0x5b);
    for (let times = 0; times < 8; times++) {
      const { expected, actual } = runOnBoth(code, { data }, warmTierTwo);
      expect(actual).toEqual(expected);
    }
    const { gasUsed } = run(code, { data });
    for (let gas = 0; gas <= Math.min(gasUsed, 3000) + 2; gas++) {
      const { expected, actual } = runOnBoth(code, { data, gas }, tierTwo);
      expect(actual, `${gas} gas`).toEqual(expected);
    }
  });

  it('does every budget of steps', () => {
    const code = assemble(loopOf('DUP1 0 MSTORE 0 SLOAD 1 ADD 0 SSTORE', 9));
    for (let stepBudget = 0; stepBudget < 130; stepBudget++) {
      const { expected, actual } = runOnBoth(code, { stepBudget }, tierTwo);
      expect(actual, `${stepBudget} steps`).toEqual(expected);
    }
  });

  it('agrees with the reference while some of it is hot and some is not', () => {
    for (let i = 0; i < 400; i++) {
      const { code, setting } = randomCase(`warm/${i}`);
      const { expected, actual } = runOnBoth(code, setting, warmTierTwo);
      expect(actual, `warm/${i}`).toEqual(expected);
    }
    expect(refusals).toEqual([]);
  });
});

describe('what is kept', () => {
  it('is bounded, and what has not run for longest goes and comes again', () => {
    const machine = createTierTwo({ threshold: 0, limits: { ...LIMITS, codes: 4 } });
    const codes = Array.from({ length: 12 }, (_, i) => assemble(`${i} 0 MSTORE ${loopOf('DUP1 POP', 3)}`));
    for (let round = 0; round < 3; round++)
      for (const code of codes) {
        const { expected, actual } = runOnBoth(code, {}, machine);
        expect(actual).toEqual(expected);
      }
    expect(machine.compiled().modules).toBeGreaterThan(24);
    const before = machine.compiled().modules;
    for (let times = 0; times < 5; times++) run(codes[11] ?? '', { machine });
    expect(machine.compiled().modules - before).toBeLessThanOrEqual(1);
  });

  it('has nothing to do with what stood there before', () => {
    const create = (text: string): string => {
      const code = [...assemble(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return `0x${code} 0 MSTORE ${code.length / 2} ${32 - code.length / 2} 0 CREATE`;
    };
    // where the second one's jump has been joined with its constant, the first one had an instruction at the jump's position
    const text = `${create('0 0 0 CALLER POP POP STOP')} 1 SSTORE ${create('1 2 LT 253 JUMP')} 2 SSTORE`;
    const { expected, actual } = runOnBoth(text, {}, tierTwo);
    expect(actual).toEqual(expected);
    expect(actual.diff.get(CONTRACT)?.storage.get(2n)).toBeUndefined();
  });

  it('goes when the fork changes, as the decoded code does', () => {
    const machine = createTierTwo({ threshold: 0 });
    const code = assemble('0 CALLDATALOAD CLZ 0 MSTORE 32 0 RETURN');
    for (const fork of ['Osaka', 'Prague', 'Osaka', 'Cancun'] as const) {
      const { expected, actual } = runOnBoth(code, { fork }, machine);
      expect(actual).toEqual(expected);
    }
  });
});

describe('code that would take long to compile', () => {
  const SIZE = 24_576;
  const filled = (head: string, unit: string): Uint8Array => {
    const [begin, part] = [assemble(head), assemble(unit)];
    const code = new Uint8Array(SIZE);
    code.set(begin);
    for (let at = begin.length; at + part.length <= SIZE; at += part.length) code.set(part, at);
    return code;
  };
  const callers = (count: number): string => 'CALLER '.repeat(count);
  it.each([
    ['multiplications', filled('3', 'DUP1 MUL')],
    ['branches over a full stack', filled(callers(900), 'DUP1 0 JUMPI')],
    ['branches that are possible', filled(callers(920), 'JUMPDEST CALLDATASIZE 3 JUMPI')],
    ['words that all stay on the stack', filled(callers(400), 'DUP16 DUP15 ADD SWAP14 POP')],
    ['destinations', filled('', 'JUMPDEST')],
    ['memory at offsets from memory', filled(`${callers(30)} 0`, 'MLOAD 255 AND')],
    ['writes to storage', filled(callers(30), 'DUP16 DUP2 SSTORE')],
    ['calls', filled('', '0 0 0 0 0 0 0 CALL POP')],
    ['loops over the whole', filled('JUMPDEST', '0 0 JUMPI GAS 0 JUMPI')],
  ])('is bounded: 24 KB of %s', (_, code) => {
    const machine = createTierTwo({ threshold: 0, onRefusal: refuse, onBlockRefusal: refuse });
    for (let times = 0; times < 2; times++) {
      const { expected, actual } = runOnBoth(code, { gas: 3_000_000 }, machine);
      expect(actual).toEqual(expected);
    }
    expect(machine.compiled().bytes).toBeLessThan(1.2 * 2 ** 20);
    expect(machine.compiled().functions).toBeLessThan(640);
  });

  it('is not compiled before it has run as often as short code', () => {
    const machine = createTierTwo();
    const code = filled('3', 'DUP1 MUL');
    for (let times = 0; times < 20; times++) run(code, { machine });
    expect(machine.compiled().functions).toBe(0);
  });
});

describe('code that is hot for a moment', () => {
  const fresh = (index: number): string =>
    `${index + 1000} 400 outer: ${'SWAP1 DUP1 SAR SWAP1 '.repeat(26)} 1 SWAP1 SUB DUP1 @outer JUMPI STOP`;

  it('is compiled as far as the steps are worth it, contract after contract', () => {
    const machine = createTierTwo({ onRefusal: refuse });
    let steps = 0;
    for (let i = 0; i < 150; i++) steps += run(fresh(i), { machine, gas: 10 ** 7 }).steps;
    const { bytes, functions } = machine.compiled();
    const earned = divide(steps * BYTES_PER_THRESHOLD, THRESHOLD);
    const [most, largest] = [ALLOWANCE_BYTES_MAX + earned, 8 * 1024];
    expect(bytes).toBeLessThan(most + largest);
    expect(bytes).toBeGreaterThan(ALLOWANCE_BYTES_MAX);
    expect(functions).toBeLessThan(150);

    // What goes on being hot gets its turn.
    const long = run(loopOf('DUP1 MUL', 400_000), { machine, gas: 10 ** 9 }).steps;
    const { compiled } = machine.counts();
    expect(compiled).toBeGreaterThan(divide(long, 2));
  });

  it('is compiled without a bound where everything is to be', () => {
    const allowance = createAllowance(0);
    allowance.spend(10 ** 9);
    expect(allowance.isThere(1)).toBe(true);
  });

  it('has no more to earn by waiting than may be compiled at once', () => {
    const allowance = createAllowance(100);
    expect(allowance.isThere(10 ** 9)).toBe(true);
    allowance.spend(ALLOWANCE_BYTES_MAX);
    expect(allowance.isThere(10 ** 9)).toBe(false);
    expect(allowance.isThere(10 ** 9 + 1)).toBe(true);
  });
});

describe('where the engine refuses', () => {
  it('blocks stay the interpreter’s, with the same result', () => {
    const real = WebAssembly.Module;
    const machine = createTierTwo({ threshold: 0 });
    run('STOP', { machine });
    try {
      Object.assign(WebAssembly, {
        Module: class {
          constructor() {
            throw new RangeError('no room for machine code');
          }
        },
      });
      const { expected, actual } = runOnBoth(ADD_UP, { data: new Uint8Array(32).fill(1, 31) }, machine);
      expect(actual).toEqual(expected);
      expect(machine.compiled().refusals).toBeGreaterThan(0);
    } finally {
      Object.assign(WebAssembly, { Module: real });
    }
  });

  it('calls go on between what is compiled and what is not', () => {
    const accounts = { [OTHER]: { code: '0 CALLDATALOAD 1 ADD 0 MSTORE 32 0 RETURN' } };
    const text = `9 loop: DUP1 0 MSTORE 32 0 32 0 0 ${OTHER} GAS CALL POP 0 MLOAD 1 SSTORE 1 SWAP1 SUB DUP1 @loop JUMPI`;
    for (const machine of [tierTwo, warmTierTwo]) {
      const { expected, actual } = runOnBoth(text, { accounts }, machine);
      expect(actual).toEqual(expected);
      expect(actual.diff.get(CONTRACT)?.storage.get(1n)).toBe(2n);
    }
  });
});
