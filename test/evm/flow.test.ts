import { describe, expect, it } from 'vitest';
import { bytesToHex } from '../../node/lib/bytes.ts';
import { evaluate, run } from './run.ts';

describe('jumps', () => {
  it('go to a JUMPDEST and nowhere else', () => {
    expect(evaluate('1 @end JUMP POP 2 end:')).toBe(1n);
    expect(run('4 JUMP STOP STOP').halt).toBe('invalid-jump');
    expect(run('200 JUMP').halt).toBe('invalid-jump');
    expect(run(`0x${'ff'.repeat(32)} JUMP`).halt).toBe('invalid-jump');
  });

  it('do not go into the operand of a PUSH', () => {
    expect(run('4 JUMP 0x5b5b STOP').halt).toBe('invalid-jump');
    expect(run('4 JUMP STOP raw:5b').status).toBe('success');
  });

  it('look at the destination of a JUMPI only if the condition holds', () => {
    expect(run('0 200 JUMPI').status).toBe('success');
    expect(run('1 200 JUMPI').halt).toBe('invalid-jump');
    expect(evaluate('7 5 @end JUMPI POP 8 end:')).toBe(7n);
  });

  it('return the position of PC itself', () => {
    expect(evaluate('0 POP PC')).toBe(3n);
  });

  it('stop behind the end of the code, in the middle of a PUSH too', () => {
    expect(run('raw:61ff')).toMatchObject({ status: 'success', gasUsed: 3, steps: 2 });
  });
});

describe('ends', () => {
  it('takes all gas at an undefined opcode and at INVALID', () => {
    for (const code of ['raw:0c', 'INVALID', 'raw:ef'])
      expect(run(code)).toMatchObject({ halt: 'invalid-opcode', gasLeft: 0 });
  });

  it('gives back gas and data at a REVERT', () => {
    const result = run('0xab 0 MSTORE8 1 0 REVERT');
    expect(result).toMatchObject({ status: 'revert', halt: null, gasUsed: 3 + 3 + 3 + 3 + 3 + 3 });
    expect(bytesToHex(result.output)).toBe('0xab');
  });

  it('has no REVERT before Byzantium', () => {
    expect(run('0 0 REVERT', { fork: 'SpuriousDragon' }).halt).toBe('invalid-opcode');
  });

  it('ends at the last gas, and one less is too little', () => {
    expect(run('1 2 ADD', { gas: 9 })).toMatchObject({ status: 'success', gasLeft: 0 });
    expect(run('1 2 ADD', { gas: 8 })).toMatchObject({ status: 'halt', halt: 'out-of-gas', gasLeft: 0 });
  });

  it('pushes with GAS what is left behind GAS', () => {
    expect(evaluate('GAS', { gas: 100 })).toBe(98n);
  });
});

describe('the stack', () => {
  it('holds 1,024 words and not one more', () => {
    expect(run('0 '.repeat(1024)).status).toBe('success');
    expect(run('0 '.repeat(1025)).halt).toBe('stack-overflow');
    expect(run(`${'0 '.repeat(1024)} DUP1`).halt).toBe('stack-overflow');
    expect(run(`${'0 '.repeat(1024)} ADD`).status).toBe('success');
  });

  it('needs all operands of an opcode', () => {
    expect(run('1 ADD').halt).toBe('stack-underflow');
    expect(run('1 2 DUP3').halt).toBe('stack-underflow');
    expect(run('1 2 SWAP2').halt).toBe('stack-underflow');
    expect(run('1 2 3 SWAP2').status).toBe('success');
  });

  it('duplicates and swaps by position', () => {
    expect(evaluate('1 2 3 DUP3')).toBe(1n);
    expect(evaluate('1 2 3 SWAP2')).toBe(1n);
    expect(evaluate('1 2 3 SWAP2 POP POP')).toBe(3n);
    expect(evaluate(`${Array.from({ length: 17 }, (_, i) => i + 1).join(' ')} SWAP16`)).toBe(1n);
  });

  it('has PUSH0 since Shanghai, for two gas', () => {
    expect(run('PUSH0')).toMatchObject({ status: 'success', gasUsed: 2 });
    expect(run('PUSH0', { fork: 'Paris' }).halt).toBe('invalid-opcode');
  });
});
