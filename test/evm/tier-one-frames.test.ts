import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../node/lib/random.ts';
import type { Address } from '../../node/types/transaction.ts';
import { type Account, CONTRACT, NOBODY, OTHER, run, SENDER } from './run.ts';
import { runOnBoth, tierOne, tierTwo } from './tiers.ts';

const THIRD: Address = `0x${'0d'.repeat(20)}`;
const DELEGATED: Address = `0x${'0e'.repeat(20)}`;
const CONTRACTS = [CONTRACT, OTHER, OTHER, THIRD, THIRD, DELEGATED];
const PLAIN: readonly Address[] = [NOBODY, SENDER, `0x${'04'.padStart(40, '0')}`, `0x${'02'.padStart(40, '0')}`];
/** More by LOCKSTEP_PROGRAMS=100000, from another seed by LOCKSTEP_SEED. */
const NESTS = Number(process.env['LOCKSTEP_PROGRAMS'] ?? 1000);
const SEED = process.env['LOCKSTEP_SEED'] ?? 'frames';

/** Code that calls much, and in between does what a failing frame must take back. */
function callingCode(random: Random): string {
  const small = (max: number): string => String(random.below(max));
  const range = (): string => `${small(80)} ${small(120)}`;
  const call = (): string => {
    const kind = random.pick(['CALL', 'CALL', 'STATICCALL', 'DELEGATECALL', 'CALLCODE']);
    const value = kind === 'CALL' || kind === 'CALLCODE' ? (random.chance(1, 12) ? '1' : '0') : '';
    const address = random.chance(1, 6) ? random.pick(PLAIN) : random.pick(CONTRACTS);
    const gas = random.pick(['GAS 1 SHR', 'GAS 1 SHR', 'GAS 2 SHR', 'GAS', '20000', '2400', '150', '0']);
    const fill = random.chance(1, 3) ? 'GAS 3 AND 0 MSTORE ' : '';
    return `${fill}${range()} ${range()} ${value} ${address} ${gas} ${kind} ${random.pick(['POP', '5 SSTORE', '64 MSTORE'])}`;
  };
  const statements: readonly (() => string)[] = [
    call,
    call,
    call,
    () => `${small(3)} ${small(5)} SSTORE`,
    () => `${small(5)} SLOAD 1 ADD ${small(5)} SSTORE`,
    () => `${small(5)} TLOAD 1 ADD ${small(5)} TSTORE`,
    () => `${small(5)} TLOAD ${small(5)} SSTORE`,
    () => `${small(9)} ${small(9)} ${range()} LOG2`,
    () => '0 0 LOG0',
    () => `RETURNDATASIZE 0 ${small(64)} RETURNDATACOPY`,
    () => `${small(8)} 0 ${small(64)} RETURNDATACOPY`,
    () => `${small(40)} CALLDATALOAD ${small(5)} SSTORE`,
    () => `CALLER ADDRESS XOR CALLVALUE ADD CALLDATASIZE ADD ${small(100)} MSTORE`,
    () => `${random.pick([...CONTRACTS, ...PLAIN])} ${random.pick(['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'])} POP`,
    () => `MSIZE ${small(300)} MSTORE`,
    () => `SELFBALANCE ${small(5)} SSTORE ${small(20)} SLOAD POP`,
    () => '0 0 0 CREATE POP',
  ];
  const lines: string[] = [];
  for (let i = random.between(1, 9); i > 0; i--) lines.push(random.pick(statements)());
  if (random.chance(1, 3)) lines.push(`${random.between(2, 6)} again: ${call()} 1 SWAP1 SUB DUP1 @again JUMPI POP`);
  lines.push(
    random.pick(['STOP', 'STOP', ...[1, 2, 3].map(() => `${range()} RETURN`), `${range()} REVERT`, 'INVALID']),
  );
  return lines.join(' ');
}

function nest(seed: string) {
  const random = createRandom(seed);
  const account = (): Account => ({ code: callingCode(random), balance: 2n, storage: { 0: 1n, 1: 2n } });
  const accounts: Record<Address, Account> = { [OTHER]: account(), [THIRD]: account() };
  if (random.chance(2, 3)) accounts[DELEGATED] = { code: `raw:ef0100${random.pick(CONTRACTS).slice(2)}`, nonce: 1n };
  const setting = {
    gas: random.pick([30_000, 100_000, 250_000, 400_000]),
    storage: { 0: 5n, 2: 1n, 3: 7n },
    accounts,
    ...(random.chance(1, 10) && { stepBudget: random.below(1500) }),
  };
  return { code: callingCode(random), setting };
}

describe('frames inside the module', () => {
  it(`do what the reference machine's do (${NESTS} from “${SEED}”)`, () => {
    for (let i = 0; i < NESTS; i++) {
      const { code, setting } = nest(`${SEED}/${i}`);
      const { expected, actual } = runOnBoth(code, setting);
      expect(actual, `seed ${SEED}/${i}`).toEqual(expected);
    }
  }, 600_000);

  it('do so with every gas from none to enough', () => {
    for (let i = 0; i < 6; i++) {
      const { code, setting } = nest(`sweep/${i}`);
      for (let gas = 0; gas < 40_000; gas += 61) {
        const { expected, actual } = runOnBoth(code, { ...setting, gas });
        expect(actual, `sweep/${i} with ${gas} gas`).toEqual(expected);
      }
    }
  }, 120_000);

  it('leave the module for nothing that is warm', () => {
    const callee = 'CALLDATASIZE 0 SSTORE 1 0 TSTORE 7 0 32 LOG1 0 0 REVERT';
    const text = `200 again: 32 0 32 0 0 ${OTHER} GAS CALL POP 1 SWAP1 SUB DUP1 @again JUMPI`;
    const { reference, module } = tierOne.counts();
    const { expected, actual } = runOnBoth(text, { gas: 10 ** 7, accounts: { [OTHER]: { code: callee } } });
    expect(actual).toEqual(expected);
    expect(tierOne.counts().reference).toBe(reference);
    expect(tierOne.counts().module).toBe(module + expected.steps);
  });

  it('write more slots and logs than the lists hold', () => {
    const callee =
      'CALLDATASIZE again: DUP1 DUP1 SSTORE DUP1 0 SSTORE DUP1 600 0 LOG1 1 SWAP1 SUB DUP1 @again JUMPI 0 CALLDATALOAD @fail JUMPI STOP fail: 0 0 REVERT';
    for (const fails of [0, 1]) {
      const text = `9 8 SSTORE ${fails} 0 MSTORE 0 0 9000 0 ${OTHER} GAS DELEGATECALL POP 8 SLOAD 7 SLOAD ADD 6 SSTORE`;
      const { expected, actual } = runOnBoth(text, {
        gas: 10 ** 9,
        accounts: { [OTHER]: { code: callee } },
      });
      expect(actual).toEqual(expected);
    }
  });

  it('return more than the place of return data holds', () => {
    for (const size of [65_535, 65_536, 65_537, 200_000]) {
      const callee = `7 ${size - 1} MSTORE8 ${size} 0 RETURN`;
      const text = `0 0 0 0 ${OTHER} GAS STATICCALL POP RETURNDATASIZE DUP1 0 0 RETURNDATACOPY ${size} 1 SWAP1 SUB 32 SWAP1 SUB MLOAD 0 SSTORE 0 SSTORE`;
      const { expected, actual } = runOnBoth(text, { gas: 10 ** 7, accounts: { [OTHER]: { code: callee } } });
      expect(actual, `${size} bytes`).toEqual(expected);
    }
  });

  it('leave nothing behind where the host fails in the middle of them, as one of several nodes on a machine may', () => {
    const callOther = `0 0 0 0 0 ${OTHER} GAS CALL`;
    const failing = `5 0 SSTORE 0 SLOAD 9 9 TSTORE 1 0 LOG0 ${callOther}`;
    const block = {
      blockHash: () => {
        throw new Error('the disk is gone');
      },
    };
    for (const machine of [tierOne, tierTwo]) {
      const accounts = { [OTHER]: { code: '6 0 SSTORE 1 SLOAD 3 SLOAD 0 MSTORE 999 BLOCKHASH' } };
      expect(() => run(failing, { block, accounts, machine })).toThrow('the disk is gone');
      const { expected, actual } = runOnBoth(
        `0 SLOAD 9 TLOAD ${callOther} 0 SLOAD RETURNDATASIZE MSIZE 0 MSTORE 32 MSTORE 64 MSTORE 96 MSTORE 128 MSTORE 160 0 RETURN`,
        { storage: { '0': 100n }, accounts: { [OTHER]: { code: '1 SLOAD 0 SLOAD 7 SSTORE', storage: { '0': 3n } } } },
        machine,
      );
      expect(actual).toEqual(expected);
    }
  });
});
