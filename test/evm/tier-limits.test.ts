import { describe, expect, it } from 'vitest';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { PAGES_MIN } from '../../node/evm/tier-one/module.ts';
import { createTierTwo } from '../../node/evm/tier-two/machine.ts';
import type { Address } from '../../node/types/transaction.ts';
import { TINY } from '../fuzz/tiers.ts';
import { assemble } from './assembler.ts';
import { randomCase } from './random-case.ts';
import { type Account, OTHER } from './run.ts';
import { runOnBoth, tierOne, tierTwo } from './tiers.ts';

const THIRD: Address = `0x${'0d'.repeat(20)}`;
const CODE_BYTES = 24_576;

/** Code of that many bytes, of which the rest are jump destinations: decoded, they take most. */
function padded(text: string, size: number): Uint8Array {
  const code = new Uint8Array(size).fill(0x5b);
  code.set(assemble(text));
  code[size - 1] = 0;
  return code;
}

const callOther = `0 0 0 0 0 ${OTHER} 900000 CALL POP`;
const writes = (count: number, end: string): string =>
  `${Array.from({ length: count }, (_, i) => `${i + 1} ${i} SSTORE`).join(' ')} ${end}`;

/** Contracts that, called one after the other, leave no room for decoded code, and the text that calls them. */
function fillers() {
  const accounts: Record<Address, Account> = {};
  const lines: string[] = [];
  for (const [size, count] of [
    [CODE_BYTES, 52],
    [4096, 12],
    [1024, 8],
  ] as const)
    for (let i = 0; i < count; i++) {
      const address: Address = `0x${`f${size}${i + 100}`.padStart(40, '0')}`;
      accounts[address] = { code: padded(`${i + 1} POP`, size) };
      lines.push(`0 0 0 0 0 ${address} 30000 CALL POP`);
    }
  return { accounts, calls: lines.join(' ') };
}

describe('the place that the driver is told', () => {
  it.each([
    ['SLOAD', `${THIRD} SLOAD POP`],
    ['SSTORE', `9 ${THIRD} SSTORE`],
  ])('is not an account’s for a slot: %s of a warm slot behind EXTCODESIZE, with every gas', (_, access) => {
    const callee = `${THIRD} SLOAD POP ${THIRD} EXTCODESIZE POP ${access} ${'CALLER POP '.repeat(40)}`;
    const call = (gas: number): string => `0 0 0 0 0 ${OTHER} ${gas} CALL POP`;
    const accounts = {
      [OTHER]: { code: callee, storage: { [`${BigInt(THIRD)}`]: 12_345n } },
      [THIRD]: { code: 'STOP' },
    };
    for (let gas = 200; gas < 8500; gas += 40) {
      const text = `${THIRD} EXTCODESIZE POP ${call(9000)} ${call(gas)} ${THIRD} EXTCODESIZE 1 SSTORE`;
      for (const machine of [tierOne, tierTwo]) {
        const { expected, actual } = runOnBoth(text, { accounts }, machine);
        expect(actual, `${gas} gas`).toEqual(expected);
      }
    }
  });
});

describe('a machine whose rooms are tiny', () => {
  const machines = [createTierOne(TINY), createTierTwo({ ...TINY, threshold: 40 })];

  it.each([
    [
      'writes, of which an inner frame takes some back',
      `1 7 SSTORE 2 8 SSTORE ${callOther} 3 9 SSTORE 4 1 SSTORE`,
      writes(9, '0 0 REVERT'),
    ],
    ['writes, which inner frames keep', `1 7 SSTORE ${callOther} 7 SLOAD 1 SSTORE ${callOther}`, writes(9, 'STOP')],
    ['transient writes', `${callOther} ${callOther}`, `${'GAS DUP1 TSTORE '.repeat(9)} STOP`],
    ['logs', `${callOther} 1 0 0 LOG1 ${callOther}`, `${'5 40 0 LOG1 '.repeat(9)} STOP`],
    [
      'return data',
      `${callOther} RETURNDATASIZE 1 SSTORE 8 33 0 RETURNDATACOPY 0 MLOAD 2 SSTORE`,
      '7 64 MSTORE 100 0 RETURN',
    ],
    ['decoded code', callOther, `${'JUMPDEST '.repeat(5000)} 1 1 SSTORE`],
    ['memory', `${callOther} 1 1 SSTORE`, '7 1100000 MSTORE 1100000 MLOAD 1 SSTORE'],
  ])('does the same where there is no more room for %s', (_, text, code) => {
    for (const machine of machines) {
      const { expected, actual } = runOnBoth(text, { gas: 10_000_000, accounts: { [OTHER]: { code } } }, machine);
      expect(actual).toEqual(expected);
    }
  });

  it('does the same as the reference on random programs', { timeout: 60_000 }, () => {
    for (let i = 0; i < 300; i++)
      for (const machine of machines) {
        const { code, setting } = randomCase(`tiny/${i}`);
        const { expected, actual } = runOnBoth(code, setting, machine);
        expect(actual, `tiny/${i}`).toEqual(expected);
      }
    for (const machine of machines) {
      const { module, compiled, reference } = machine.counts();
      expect(Math.min(module + compiled, reference)).toBeGreaterThan(1000); // neither does it all
    }
  });
});

describe('without room for decoded code', () => {
  it('a compiled loop ends where the block behind it is not decoded', () => {
    const { accounts, calls } = fillers();
    const loop = `300 loop: ${'CALLER POP '.repeat(260)} 1 SWAP1 SUB DUP1 @loop JUMPI end: 7 3 SSTORE STOP`;
    const text = `0 0 0 0 0 ${OTHER} 100 CALL POP ${calls} 0 0 0 0 0 ${OTHER} GAS CALL 1 SSTORE`;
    const setting = { gas: 20_000_000, accounts: { ...accounts, [OTHER]: { code: padded(loop, CODE_BYTES) } } };
    for (const machine of [createTierOne(), createTierTwo({ threshold: 5000 })]) {
      const { expected, actual } = runOnBoth(text, setting, machine);
      expect(actual).toEqual(expected);
      expect(machine.counts().reference).toBeGreaterThan(0);
    }
  });

  it('nor for a frame, its input stays when memory grows', () => {
    const { accounts, calls } = fillers();
    const callee = padded(`0 0 0 0 0 ${THIRD} GAS CALL POP 0 CALLDATALOAD 5 SSTORE STOP`, CODE_BYTES);
    const text = `0 0 0 0 0 ${THIRD} GAS CALL POP ${calls} 7 31 MSTORE8 1 ${2 ** 20 - 1} MSTORE8 0 0 32 0 0 ${OTHER} GAS CALL 1 SSTORE`;
    const setting = {
      gas: 20_000_000,
      accounts: { ...accounts, [OTHER]: { code: callee }, [THIRD]: { code: 'STOP' } },
    };
    const machine = createTierOne({ pagesMax: PAGES_MIN + 1 });
    const { expected, actual } = runOnBoth(text, setting, machine);
    expect(actual).toEqual(expected);
    expect(machine.counts().reference).toBeGreaterThan(0);
  });
});
