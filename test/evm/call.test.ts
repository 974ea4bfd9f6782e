import { describe, expect, it } from 'vitest';
import type { Fork } from '../../node/types/config.ts';
import type { Address } from '../../node/types/transaction.ts';
import { CONTRACT, evaluate, NOBODY, OTHER, RETURN_TOP, run, SENDER } from './run.ts';

/** A call of OTHER without input and output. */
const call = (opcode: string, gas: string | number = 'GAS', value = 0) =>
  `0 0 0 0 ${opcode === 'CALL' || opcode === 'CALLCODE' ? `${value} ` : ''}${OTHER} ${gas} ${opcode}`;
/** The same with a word of output, which is then on the stack instead of the call's success. */
const ask = (opcode: string, gas: string | number = 'GAS', value = 0) =>
  `32 0 0 0 ${opcode === 'CALL' || opcode === 'CALLCODE' ? `${value} ` : ''}${OTHER} ${gas} ${opcode} POP 0 MLOAD`;
const other = (code: string) => ({ accounts: { [OTHER]: { code } } });

const CALLS = ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const;

describe('calls', () => {
  it.each(CALLS)('%s returns one for success and zero for a revert or a halt', (opcode) => {
    expect(evaluate(call(opcode), other('1 POP'))).toBe(1n);
    expect(evaluate(call(opcode), other('0 0 REVERT'))).toBe(0n);
    expect(evaluate(call(opcode, 1000), other('INVALID'))).toBe(0n);
    expect(evaluate(call(opcode))).toBe(1n);
  });

  it('say who called and on whose storage', () => {
    const who = (opcode: string, field: string) => evaluate(ask(opcode), other(`${field} ${RETURN_TOP}`));
    const [contract, callee, sender] = [BigInt(CONTRACT), BigInt(OTHER), BigInt(SENDER)];
    expect(CALLS.map((opcode) => who(opcode, 'ADDRESS'))).toEqual([callee, contract, contract, callee]);
    expect(CALLS.map((opcode) => who(opcode, 'CALLER'))).toEqual([contract, contract, sender, contract]);
    expect(CALLS.map((opcode) => who(opcode, 'ORIGIN'))).toEqual([sender, sender, sender, sender]);
  });

  it('say the value: its own in CALL, the same in CALLCODE, the caller’s in DELEGATECALL, none in STATICCALL', () => {
    const setting = { ...other(`CALLVALUE ${RETURN_TOP}`), value: 5n };
    expect(CALLS.map((opcode) => evaluate(ask(opcode, 'GAS', 3), setting))).toEqual([3n, 3n, 5n, 0n]);
  });

  it('move the value in CALL alone', () => {
    const balances = (opcode: string) => {
      const { journal } = run(call(opcode, 'GAS', 3), { ...other('1 POP'), value: 5n });
      return [journal.balance(CONTRACT), journal.balance(OTHER)];
    };
    expect(balances('CALL')).toEqual([2n, 3n]);
    expect(balances('CALLCODE')).toEqual([5n, 0n]);
    expect(balances('DELEGATECALL')).toEqual([5n, 0n]);
  });

  it('fail without cost of the callee’s gas where the balance is short', () => {
    const expected = { status: 'success', gasUsed: 7 * 3 + 2_600 + 9_000 - 2_300 };
    expect(run(call('CALL', 5000, 6), { ...other('INVALID'), value: 5n })).toMatchObject(expected);
    expect(evaluate(call('CALL', 5000, 6), { ...other(''), value: 5n })).toBe(0n);
    expect(evaluate(call('CALL', 5000, 5), { ...other(''), value: 5n })).toBe(1n);
  });

  it('copy as much output as there is and as was asked for', () => {
    const setting = other('0x1122 0 MSTORE 2 30 RETURN');
    const text = (size: number) => `0x${'ff'.repeat(32)} 0 MSTORE ${size} 0 0 0 0 ${OTHER} GAS CALL POP 0 MLOAD`;
    expect(evaluate(text(1), setting) >> 240n).toBe(0x11ffn);
    expect(evaluate(text(2), setting) >> 232n).toBe(0x1122ffn);
    expect(evaluate(text(32), setting) >> 232n).toBe(0x1122ffn);
  });

  it('pay for the memory that their output may need', () => {
    const text = `64 0 0 0 0 ${OTHER} GAS CALL POP MSIZE`;
    expect(evaluate(text)).toBe(64n);
  });

  it('pass the input on as it was, though its memory is the output’s too', () => {
    const echo = 'CALLDATASIZE 0 0 CALLDATACOPY CALLDATASIZE 0 RETURN';
    expect(evaluate(`0x1234 0 MSTORE 31 1 32 0 0 ${OTHER} GAS CALL POP 0 MLOAD`, other(echo))).toBe(0x12n);
  });
});

describe('return data (EIP-211)', () => {
  it('is the last call’s output, whether it succeeded or reverted', () => {
    expect(evaluate(`${call('CALL')} POP RETURNDATASIZE`, other('7 0 RETURN'))).toBe(7n);
    expect(evaluate(`${call('CALL')} POP RETURNDATASIZE`, other('7 0 REVERT'))).toBe(7n);
    expect(evaluate(`${call('CALL', 100)} POP RETURNDATASIZE`, other('INVALID'))).toBe(0n);
    expect(evaluate(`${call('CALL')} ${call('CALL', 'GAS', 1)} RETURNDATASIZE`, other('7 0 RETURN'))).toBe(0n);
  });

  it('must not be read behind its end, not even for nothing', () => {
    const read = (size: number, from: number) =>
      run(`${call('CALL')} ${size} ${from} 0 RETURNDATACOPY`, other('7 0 RETURN'));
    expect(read(7, 0).status).toBe('success');
    expect(read(0, 7).status).toBe('success');
    expect(read(1, 7).halt).toBe('return-data-out-of-bounds');
    expect(read(0, 8).halt).toBe('return-data-out-of-bounds');
  });
});

describe('the gas of calls', () => {
  it('is at most all but one 64th of what is left (EIP-150)', () => {
    const setting = (gas: number, fork: Fork) => ({ ...other(`GAS ${RETURN_TOP}`), gas, fork });
    const pushes = 7 * 3;
    // six operands and the gas, the call's price (with three gas for the word of output), and what is then left
    const rest = 100_000 - pushes - 700 - 3;
    const word = `0x${'ff'.repeat(8)}`;
    expect(evaluate(ask('CALL', word), setting(100_000, 'Istanbul'))).toBe(BigInt(rest - Math.floor(rest / 64) - 2));
    expect(evaluate(ask('CALL', 5000), setting(100_000, 'Istanbul'))).toBe(4_998n);
  });

  it('must be there before EIP-150', () => {
    expect(run(call('CALL', 10_000), { fork: 'Homestead', gas: 10_000, ...other('') }).halt).toBe('out-of-gas');
    expect(run(call('CALL', 9_000), { fork: 'Homestead', gas: 10_000, ...other('') }).status).toBe('success');
  });

  it.each([
    ['Frontier', 40],
    ['TangerineWhistle', 700],
    ['Berlin', 2_600],
  ] as const)('has in %s a base of %i', (fork, base) => {
    expect(run(call('CALL', 0), { fork, ...other('STOP'), gas: 50_000 }).gasUsed).toBe(7 * 3 + base);
  });

  it('costs 9,000 more with value, of which the callee gets 2,300', () => {
    const { gasUsed } = run(call('CALL', 0, 1), { ...other('STOP'), value: 1n, warm: [OTHER] });
    expect(gasUsed).toBe(7 * 3 + 100 + 9_000 - 2_300);
    expect(evaluate(ask('CALL', 0, 1), { ...other(`GAS ${RETURN_TOP}`), value: 1n })).toBe(2_298n);
  });

  it('costs 25,000 more for a new account: since EIP-161 only one that gets value', () => {
    const used = (fork: Fork, value: number) =>
      run(`0 0 0 0 ${value} ${NOBODY} 0 CALL`, { fork, value: 1n, warm: [NOBODY] }).gasUsed - 7 * 3;
    expect(used('TangerineWhistle', 0)).toBe(700 + 25_000);
    expect(used('SpuriousDragon', 0)).toBe(700);
    expect(used('Osaka', 0)).toBe(100);
    expect(used('Osaka', 1)).toBe(100 + 9_000 + 25_000 - 2_300);
  });

  it('creates by a call of nothing before EIP-161, and touches since', () => {
    const leftIn = (fork: Fork) => {
      const { journal } = run(`0 0 0 0 0 ${NOBODY} 0 CALL`, { fork });
      journal.endTransaction({ deleteEmpty: fork !== 'TangerineWhistle' });
      return journal.exists(NOBODY);
    };
    expect(leftIn('TangerineWhistle')).toBe(true);
    expect(leftIn('SpuriousDragon')).toBe(false);
  });
});

describe('static frames (EIP-214)', () => {
  it.each([
    ['SSTORE', '1 1 SSTORE'],
    ['LOG0', '0 0 LOG0'],
    ['CREATE', '0 0 0 CREATE'],
    ['CREATE2', '0 0 0 0 CREATE2'],
    ['SELFDESTRUCT', '0 SELFDESTRUCT'],
    ['a CALL with value', `0 0 0 0 1 ${NOBODY} 0 CALL`],
  ])('refuse %s', (_, code) => {
    const accounts = { [OTHER]: { code, balance: 10n } };
    expect(evaluate(call('STATICCALL', 300_000), { accounts })).toBe(0n);
    expect(evaluate(call('CALL', 300_000), { accounts })).toBe(1n);
  });

  it('stay static below', () => {
    const third: Address = `0x${'0c'.repeat(20)}`;
    const code = `0 0 0 0 0 ${third} 50000 CALL ${RETURN_TOP}`;
    const accounts = { [OTHER]: { code }, [third]: { code: '1 1 SSTORE' } };
    expect(evaluate(ask('STATICCALL'), { accounts })).toBe(0n);
    expect(evaluate(ask('CALL'), { accounts })).toBe(1n);
  });

  it('allow a CALLCODE with value, which moves nothing', () => {
    const accounts = { [OTHER]: { code: `0 0 0 0 1 ${NOBODY} 0 CALLCODE ${RETURN_TOP}`, balance: 1n } };
    expect(evaluate(ask('STATICCALL'), { accounts })).toBe(1n);
  });
});

describe('precompiles', () => {
  it('run without a frame, for their price', () => {
    const identity = '32 32 32 0 0 4 GAS CALL POP 32 MLOAD';
    expect(evaluate(`0xabcd 0 MSTORE ${identity}`, { warm: ['0x0000000000000000000000000000000000000004'] })).toBe(
      0xabcdn,
    );
  });

  it('take all their gas where it is too little', () => {
    const text = (gas: number) => `0 0 32 0 4 ${gas} STATICCALL`;
    const warm: Address[] = ['0x0000000000000000000000000000000000000004'];
    expect(evaluate(text(18), { warm })).toBe(1n);
    expect(evaluate(text(17), { warm })).toBe(0n);
    expect(run(text(17), { warm }).gasUsed).toBe(6 * 3 + 100 + 3 + 17);
  });

  it('give the value back where they fail', () => {
    const { journal } = run('0 0 32 0 1 4 0 CALL 0 0 32 0 1 2 GAS CALL', { value: 2n, fork: 'Byzantium' });
    expect(journal.balance('0x0000000000000000000000000000000000000004')).toBe(1n); // 2,300 gas of stipend are enough
    const failing = run('0 0 32 0 1 1 0 CALL', { value: 2n, fork: 'Byzantium' });
    expect(failing.journal.balance(CONTRACT)).toBe(2n); // ecrecover costs 3,000
  });
});
