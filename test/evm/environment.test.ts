import { describe, expect, it } from 'vitest';
import type { Hash } from '../../node/types/transaction.ts';
import { CONTRACT, evaluate, NOBODY, OTHER, run, SENDER } from './run.ts';

describe('the block', () => {
  it('gives the hashes of the last 256 blocks and no other', () => {
    expect(evaluate('999 BLOCKHASH')).toBe(999n);
    expect(evaluate('744 BLOCKHASH')).toBe(744n);
    expect(evaluate('743 BLOCKHASH')).toBe(0n);
    expect(evaluate('1000 BLOCKHASH')).toBe(0n);
    expect(evaluate(`0x${'ff'.repeat(32)} BLOCKHASH`)).toBe(0n);
    expect(evaluate('0 BLOCKHASH', { block: { number: 0 } })).toBe(0n);
  });

  it('says what its context holds', () => {
    expect(evaluate('COINBASE')).toBe(BigInt(`0x${'cb'.repeat(20)}`));
    expect(evaluate('TIMESTAMP')).toBe(1_700_000_000n);
    expect(evaluate('NUMBER')).toBe(1000n);
    expect(evaluate('GASLIMIT')).toBe(30_000_000n);
    expect(evaluate('CHAINID')).toBe(1337n);
    expect(evaluate('BASEFEE')).toBe(7n);
    expect(evaluate('BLOBBASEFEE')).toBe(1n);
    expect(evaluate('PREVRANDAO')).toBe(BigInt(`0x${'aa'.repeat(32)}`));
    expect(evaluate('raw:44', { fork: 'London' })).toBe(131_072n);
  });

  it('gives the transaction’s blob hashes, and zero behind them', () => {
    const blobVersionedHashes: Hash[] = [`0x01${'ab'.repeat(31)}`];
    expect(evaluate('0 BLOBHASH', { blobVersionedHashes })).toBe(BigInt(`0x01${'ab'.repeat(31)}`));
    expect(evaluate('1 BLOBHASH', { blobVersionedHashes })).toBe(0n);
    expect(evaluate(`0x${'ff'.repeat(32)} BLOBHASH`, { blobVersionedHashes })).toBe(0n);
  });

  it.each([
    ['CHAINID', 'Petersburg', 'Istanbul'],
    ['SELFBALANCE', 'Petersburg', 'Istanbul'],
    ['BASEFEE', 'Berlin', 'London'],
    ['BLOBBASEFEE', 'Shanghai', 'Cancun'],
  ] as const)('has %s not in %s, but in %s', (opcode, before, since) => {
    expect(run(opcode, { fork: before }).halt).toBe('invalid-opcode');
    expect(run(opcode, { fork: since }).status).toBe('success');
  });
});

describe('accounts', () => {
  it('show their balances', () => {
    expect(evaluate('SELFBALANCE', { value: 5n })).toBe(5n);
    expect(evaluate(`${CONTRACT} BALANCE`, { value: 5n })).toBe(5n);
    expect(evaluate(`${NOBODY} BALANCE`)).toBe(0n);
    expect(evaluate(`0x${'ff'.repeat(12)}${SENDER.slice(2)} BALANCE`)).toBe(10n ** 18n); // the high bytes do not count
  });

  it.each(['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'])('cost %s 2,600 gas cold and 100 warm (EIP-2929)', (opcode) => {
    expect(run(`${OTHER} ${opcode}`).gasUsed).toBe(3 + 2_600);
    expect(run(`${OTHER} ${opcode}`, { warm: [OTHER] }).gasUsed).toBe(3 + 100);
    expect(run(`${OTHER} ${opcode} POP ${OTHER} ${opcode}`).gasUsed).toBe(8 + 2_600 + 100);
  });

  it('cost EXTCODECOPY the same and the copy', () => {
    expect(run(`33 0 0 ${OTHER} EXTCODECOPY`).gasUsed).toBe(12 + 2_600 + 6 + 6);
    expect(run(`33 0 0 ${OTHER} EXTCODECOPY`, { fork: 'Istanbul' }).gasUsed).toBe(12 + 700 + 6 + 6);
  });

  it.each([
    ['Frontier', 'BALANCE', 20],
    ['TangerineWhistle', 'BALANCE', 400],
    ['Istanbul', 'BALANCE', 700],
    ['Frontier', 'EXTCODESIZE', 20],
    ['TangerineWhistle', 'EXTCODESIZE', 700],
    ['Constantinople', 'EXTCODEHASH', 400],
    ['Istanbul', 'EXTCODEHASH', 700],
  ] as const)('in %s cost %s %i gas', (fork, opcode, gas) => {
    expect(run(`${OTHER} ${opcode}`, { fork }).gasUsed).toBe(3 + gas);
  });
});

describe('logs', () => {
  it('carry their topics in order and their data', () => {
    const { journal, gasUsed } = run('0xabcd 0 MSTORE 2 1 2 30 LOG2');
    expect(journal.logs()).toEqual([
      {
        address: CONTRACT,
        topics: [`0x${'1'.padStart(64, '0')}`, `0x${'2'.padStart(64, '0')}`],
        data: Uint8Array.of(0xab, 0xcd),
      },
    ]);
    expect(gasUsed).toBe(3 + 3 + 6 + 4 * 3 + 375 * 3 + 2 * 8);
  });

  it('are undone where their frame fails', () => {
    expect(run('0 0 LOG0 0 0 REVERT').journal.logs()).toEqual([]);
  });
});

describe('KECCAK256', () => {
  it('hashes memory, for six gas a word', () => {
    expect(evaluate('0 0 KECCAK256')).toBe(0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470n);
    expect(run('33 0 KECCAK256').gasUsed).toBe(6 + 30 + 12 + 6);
  });
});
