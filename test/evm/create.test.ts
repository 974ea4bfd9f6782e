import { describe, expect, it } from 'vitest';
import { create2Address, createAddress } from '../../node/evm/address.ts';
import type { Message } from '../../node/evm/machine.ts';
import { bytesToHex, hexToBytes, wordToAddress } from '../../node/lib/bytes.ts';
import type { Fork } from '../../node/types/config.ts';
import { ZERO_ADDRESS, ZERO_HASH } from '../../node/types/header.ts';
import type { Address } from '../../node/types/transaction.ts';
import { assemble } from './assembler.ts';
import {
  type Account,
  CONTRACT,
  evaluate,
  journalOf,
  machineUnderTest,
  OTHER,
  RETURN_TOP,
  run,
  SENDER,
} from './run.ts';

/** Puts init code into memory and creates from it; the address or zero is on the stack then. */
function create(initCode: string, opcode: 'CREATE' | 'CREATE2' = 'CREATE', value = 0): string {
  const bytes = assemble(initCode);
  const stores = [...bytes].map((byte, i) => `${byte} ${i} MSTORE8`).join(' ');
  return `${stores} ${opcode === 'CREATE2' ? '0 ' : ''}${bytes.length} 0 ${value} ${opcode}`;
}

const FIRST = createAddress(CONTRACT, 1n);

describe('addresses', () => {
  // EIP-1014's examples
  it.each([
    ['0x0000000000000000000000000000000000000000', 0n, '0x00', '0x4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38'],
    ['0xdeadbeef00000000000000000000000000000000', 0n, '0x00', '0xb928f69bb1d91cd65274e3c79d8986362984fda3'],
    [
      '0xdeadbeef00000000000000000000000000000000',
      0xfeedn << 144n,
      '0x00',
      '0xd04116cdd17bebe565eb2422f2497e06cc1c9833',
    ],
    ['0x0000000000000000000000000000000000000000', 0n, '0xdeadbeef', '0x70f2b2914a2a4b783faefb75f459a580616fcb5e'],
    [
      '0x00000000000000000000000000000000deadbeef',
      0xcafebaben,
      '0xdeadbeef',
      '0x60f3f640a8508fc6a86d45df051962668e1e8ac7',
    ],
    [
      '0x00000000000000000000000000000000deadbeef',
      0xcafebaben,
      `0x${'deadbeef'.repeat(11)}`,
      '0x1d8bfdc5d46dc4f61d6b6115972536ebe6a8854c',
    ],
    ['0x0000000000000000000000000000000000000000', 0n, '0x', '0xe33c0c7f7df4809055c3eba6c09cfe4baf1bd9e0'],
  ] as const)('CREATE2 by %s with salt %i and code %s', (creator, salt, initCode, address) => {
    expect(create2Address(creator, salt, hexToBytes(initCode))).toBe(address);
  });

  it('CREATE hashes creator and nonce', () => {
    const creator = '0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0'; // mainnet's first such contracts
    expect(createAddress(creator, 0n)).toBe('0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d');
    expect(createAddress(creator, 1n)).toBe('0x343c43a37d37dff08ae8c4a11544c718abb4fcf8');
    expect(createAddress(creator, 2n)).toBe('0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91');
  });

  it('are what the opcodes return', () => {
    expect(wordToAddress(evaluate(create('STOP')))).toBe(FIRST);
    expect(wordToAddress(evaluate(create('STOP', 'CREATE2')))).toBe(create2Address(CONTRACT, 0n, assemble('STOP')));
  });
});

describe('creation', () => {
  it('deploys what the init code returns, for 200 gas a byte', () => {
    const { journal, gasUsed } = run(create('0x60016002 0 MSTORE 4 28 RETURN'));
    expect(bytesToHex(journal.code(FIRST))).toBe('0x60016002');
    const without = run(create('0x60016002 0 MSTORE 0 28 RETURN')).gasUsed;
    expect(gasUsed - without).toBe(4 * 200);
  });

  it('begins the contract with nonce 1, and 0 before EIP-161, and raises the creator’s', () => {
    const nonces = (fork: Fork) => {
      const { journal } = run(create('1 POP'), { fork });
      return [journal.nonce(CONTRACT), journal.nonce(FIRST)];
    };
    expect(nonces('Osaka')).toEqual([2n, 1n]);
    expect(nonces('TangerineWhistle')).toEqual([2n, 0n]);
  });

  it('moves the value, and back where it fails', () => {
    expect(run(create('1 POP', 'CREATE', 3), { value: 5n }).journal.balance(FIRST)).toBe(3n);
    const { journal } = run(create('0 0 REVERT', 'CREATE', 3), { value: 5n });
    expect([journal.balance(CONTRACT), journal.balance(FIRST), journal.nonce(CONTRACT)]).toEqual([5n, 0n, 2n]);
    expect(journal.exists(FIRST)).toBe(false);
  });

  it('leaves the nonce and the gas alone where the balance is short', () => {
    const { journal, status, gasLeft } = run(create('INVALID', 'CREATE', 3), { value: 2n });
    expect(status).toBe('success');
    expect(journal.nonce(CONTRACT)).toBe(1n);
    expect(gasLeft).toBeGreaterThan(900_000);
  });

  it('leaves the nonce alone where it is the last one (EIP-2681)', () => {
    const accounts = { [CONTRACT]: { nonce: 2n ** 64n - 1n } };
    expect(evaluate(create('STOP'), { accounts })).toBe(0n);
    expect(run(create('STOP'), { accounts }).journal.nonce(CONTRACT)).toBe(2n ** 64n - 1n);
    expect(evaluate(create('STOP'), { accounts: { [CONTRACT]: { nonce: 2n ** 64n - 2n } } })).not.toBe(0n);
  });

  it.each<[string, Account, boolean]>([
    ['a nonce', { nonce: 1n }, true],
    ['code', { code: 'STOP' }, true],
    ['storage (EIP-7610)', { storage: { '0': 1n } }, true],
    ['only a balance', { balance: 1n }, false],
  ])('collides with %s', (_, account, collides) => {
    const result = run(`${create('1 POP')} 0 MSTORE 32 0 RETURN`, { accounts: { [FIRST]: account } });
    expect(result.word === 0n).toBe(collides);
    expect(result.gasLeft < 1_000_000 / 64).toBe(collides);
    expect(result.journal.nonce(CONTRACT)).toBe(2n);
  });

  it('makes the new address warm for good', () => {
    expect(run(create('0 0 REVERT')).journal.isWarmAddress(FIRST)).toBe(true);
  });

  it('has as return data what a revert says, and nothing of a success', () => {
    expect(evaluate(`${create('7 0 REVERT')} POP RETURNDATASIZE`)).toBe(7n);
    expect(evaluate(`${create('7 0 RETURN')} POP RETURNDATASIZE`)).toBe(0n);
  });

  it('charges two gas for a word of init code since Shanghai (EIP-3860)', () => {
    const used = (fork: Fork) => run('33 0 0 CREATE', { fork }).gasUsed;
    expect(used('Paris')).toBe(9 + 32_000 + 6);
    expect(used('Shanghai')).toBe(9 + 32_000 + 6 + 4);
    expect(run('0 33 0 0 CREATE2', { fork: 'Shanghai' }).gasUsed).toBe(12 + 32_000 + 6 + 4 + 12);
  });

  it('halts for more than 49,152 bytes of init code since Shanghai', () => {
    expect(run('49152 0 0 CREATE').status).toBe('success');
    expect(run('49153 0 0 CREATE').halt).toBe('initcode-size');
    expect(run('49153 0 0 CREATE', { fork: 'Paris' }).status).toBe('success');
  });
});

/** Runs init code as a transaction's creation would. */
function deploy(initCode: string, fork: Fork = 'Osaka', gas = 10_000_000) {
  const journal = journalOf({ [SENDER]: { balance: 1n } });
  const block = {
    number: 1,
    timestamp: 1,
    coinbase: ZERO_ADDRESS,
    prevRandao: ZERO_HASH,
    difficulty: 0n,
    gasLimit: gas,
    baseFee: 0n,
    blobBaseFee: 0n,
    chainId: 1n,
    blockHash: () => ZERO_HASH,
  };
  const message: Message = {
    kind: 'create',
    caller: SENDER,
    address: OTHER,
    value: 1n,
    initCode: assemble(initCode),
    gas,
  };
  const transaction = { origin: SENDER, gasPrice: 0n, blobVersionedHashes: [] };
  const result = machineUnderTest.execute({ fork, journal, block, transaction, stepBudget: null }, message);
  return { ...result, journal };
}

describe('a creating message', () => {
  it('returns the code and leaves the sender’s nonce to its caller', () => {
    const { status, output, journal } = deploy('3 0 RETURN');
    expect(status).toBe('success');
    expect(output).toEqual(new Uint8Array(3));
    expect([journal.nonce(SENDER), journal.nonce(OTHER), journal.balance(OTHER)]).toEqual([0n, 1n, 1n]);
  });

  it('refuses code of more than 24,576 bytes since EIP-170', () => {
    expect(deploy('24576 0 RETURN').status).toBe('success');
    expect(deploy('24577 0 RETURN')).toMatchObject({ status: 'halt', halt: 'code-size', gasLeft: 0 });
    expect(deploy('24577 0 RETURN', 'TangerineWhistle').status).toBe('success');
  });

  it('refuses code that begins with 0xEF since EIP-3541', () => {
    expect(deploy('0xef 0 MSTORE8 1 0 RETURN').halt).toBe('code-prefix');
    expect(deploy('0xfe 0 MSTORE8 1 0 RETURN').status).toBe('success');
    expect(deploy('0xef 0 MSTORE8 1 0 RETURN', 'Berlin').status).toBe('success');
  });

  it('halts where the deposit cannot be paid, and before Homestead leaves no code', () => {
    const enough = 3 + 3 + 3 + 5 * 200;
    expect(deploy('5 0 RETURN', 'Homestead', enough)).toMatchObject({ status: 'success', gasLeft: 0 });
    expect(deploy('5 0 RETURN', 'Homestead', enough - 1)).toMatchObject({ halt: 'out-of-gas', gasLeft: 0 });
    const poor = deploy('5 0 RETURN', 'Frontier', enough - 1);
    expect(poor).toMatchObject({ status: 'success', gasLeft: 999 });
    expect(poor.journal.code(OTHER).length).toBe(0);
    expect(poor.journal.exists(OTHER)).toBe(true);
  });
});

describe('SELFDESTRUCT', () => {
  const heir: Address = `0x${'0d'.repeat(20)}`;

  it('sends the balance, and since EIP-6780 keeps a contract of an earlier transaction', () => {
    const leftIn = (fork: Fork) => {
      const { journal } = run(`${heir} SELFDESTRUCT`, { fork, value: 5n });
      return [journal.balance(CONTRACT), journal.balance(heir), journal.isSelfdestructed(CONTRACT)];
    };
    expect(leftIn('Shanghai')).toEqual([0n, 5n, true]);
    expect(leftIn('Cancun')).toEqual([0n, 5n, false]);
  });

  it('burns what is sent to itself only where the contract goes', () => {
    expect(run('ADDRESS SELFDESTRUCT', { fork: 'Shanghai', value: 5n }).journal.balance(CONTRACT)).toBe(0n);
    expect(run('ADDRESS SELFDESTRUCT', { fork: 'Cancun', value: 5n }).journal.balance(CONTRACT)).toBe(5n);
  });

  it('deletes what the same transaction created', () => {
    const { journal } = run(create(`${heir} SELFDESTRUCT`, 'CREATE', 2), { value: 5n });
    expect([journal.isSelfdestructed(FIRST), journal.balance(heir)]).toEqual([true, 2n]);
  });

  it('refunds 24,000 once, until London', () => {
    const twice = `0 0 0 0 0 ${OTHER} GAS CALL 0 0 0 0 0 ${OTHER} GAS CALL`;
    const refund = (fork: Fork) =>
      run(twice, { fork, accounts: { [OTHER]: { code: '0 SELFDESTRUCT' } } }).journal.refund();
    expect(refund('Berlin')).toBe(24_000);
    expect(refund('London')).toBe(0);
  });

  it('costs by the heir', () => {
    const used = (fork: Fork, value: bigint, warm: Address[] = []) =>
      run(`${heir} SELFDESTRUCT`, { fork, value, warm }).gasUsed - 3;
    expect(used('Homestead', 1n)).toBe(0);
    expect(used('TangerineWhistle', 0n)).toBe(5_000 + 25_000);
    expect(used('SpuriousDragon', 0n)).toBe(5_000);
    expect(used('SpuriousDragon', 1n)).toBe(5_000 + 25_000);
    expect(used('Osaka', 1n)).toBe(5_000 + 25_000 + 2_600);
    expect(used('Osaka', 0n, [heir])).toBe(5_000);
  });

  it('ends the frame', () => {
    expect(run(`0 SELFDESTRUCT 1 ${RETURN_TOP}`).output.length).toBe(0);
  });
});
