import { describe, expect, it } from 'vitest';
import { delegationOf, designatorOf } from '../../node/evm/delegation.ts';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import type { Address } from '../../node/types/transaction.ts';
import { evaluate, OTHER, RETURN_TOP, run } from './run.ts';

const DELEGATE: Address = `0x${'de'.repeat(20)}`;
const ask = `32 0 0 0 0 ${OTHER} GAS CALL POP 0 MLOAD`;
const delegating = (code: string, delegate: Address = DELEGATE) => ({
  accounts: { [OTHER]: { code: designatorOf(delegate) }, [delegate]: { code } },
});

describe('EIP-7702', () => {
  it('reads a designator of 23 bytes and nothing else', () => {
    expect(bytesToHex(designatorOf(DELEGATE))).toBe(`0xef0100${DELEGATE.slice(2)}`);
    expect(delegationOf(designatorOf(DELEGATE))).toBe(DELEGATE);
    expect(delegationOf(designatorOf(DELEGATE).subarray(0, 22))).toBe(null);
    expect(delegationOf(Uint8Array.of(...designatorOf(DELEGATE), 0))).toBe(null);
    expect(delegationOf(designatorOf(DELEGATE).map((byte, i) => (i === 2 ? 1 : byte)))).toBe(null);
  });

  it.each(['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'])('runs the delegate’s code in a %s', (opcode) => {
    const value = opcode === 'CALL' || opcode === 'CALLCODE' ? '0 ' : '';
    expect(evaluate(`32 0 0 0 ${value}${OTHER} GAS ${opcode} POP 0 MLOAD`, delegating(`7 ${RETURN_TOP}`))).toBe(7n);
  });

  it('runs it on the delegating account', () => {
    expect(evaluate(ask, delegating(`ADDRESS ${RETURN_TOP}`))).toBe(BigInt(OTHER));
    expect(evaluate(ask, delegating(`CODESIZE ${RETURN_TOP}`))).toBe(9n);
    expect(run(ask, delegating('5 1 SSTORE')).journal.storage(OTHER, 1n)).toBe(5n);
  });

  it('does not follow a second designator', () => {
    const third: Address = `0x${'0c'.repeat(20)}`;
    const accounts = {
      [OTHER]: { code: designatorOf(DELEGATE) },
      [DELEGATE]: { code: designatorOf(third) },
      [third]: { code: 'STOP' },
    };
    expect(evaluate(`0 0 0 0 0 ${OTHER} 1000 CALL`, { accounts })).toBe(0n); // 0xef is an undefined opcode
  });

  it('runs nothing where the delegate is a precompile', () => {
    const setting = { accounts: { [OTHER]: { code: designatorOf('0x0000000000000000000000000000000000000004') } } };
    const { gasUsed } = run(`0 0 32 0 0 ${OTHER} 10000 CALL`, {
      ...setting,
      warm: [OTHER, '0x0000000000000000000000000000000000000004'],
    });
    expect(gasUsed).toBe(7 * 3 + 3 + 100 + 100);
  });

  it('charges for reaching the delegate, cold or warm', () => {
    const used = (warm: Address[]) => run(`0 0 0 0 0 ${OTHER} 0 CALL`, { ...delegating(''), warm }).gasUsed - 7 * 3;
    expect(used([])).toBe(2_600 + 2_600);
    expect(used([OTHER])).toBe(100 + 2_600);
    expect(used([OTHER, DELEGATE])).toBe(100 + 100);
  });

  it('shows the designator itself to EXTCODESIZE, EXTCODEHASH and EXTCODECOPY', () => {
    expect(evaluate(`${OTHER} EXTCODESIZE`, delegating(''))).toBe(23n);
    expect(evaluate(`23 0 0 ${OTHER} EXTCODECOPY 0 MLOAD`, delegating('')) >> 232n).toBe(0xef0100n);
  });

  it('leaves designators alone before Prague', () => {
    expect(evaluate(`0 0 0 0 0 ${OTHER} 1000 CALL`, { ...delegating('STOP'), fork: 'Cancun' })).toBe(0n);
  });
});

describe('EXTCODEHASH', () => {
  it('is zero for an absent account and the hash of nothing for one without code', () => {
    expect(evaluate(`${OTHER} EXTCODEHASH`)).toBe(0n);
    expect(evaluate(`${OTHER} EXTCODEHASH`, { accounts: { [OTHER]: { balance: 1n } } })).toBe(
      BigInt(keccakHex(new Uint8Array(0))),
    );
  });
});
