// Runs bytecode on a machine over a small state of its own.

import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { BlockContext, Hooks, Machine, MessageResult } from '../../node/evm/machine.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { createTierTwo } from '../../node/evm/tier-two/machine.ts';
import { bytesToBigint, EMPTY_BYTES, type Hex } from '../../node/lib/bytes.ts';
import { subtractWide, type Wide } from '../../node/lib/wide.ts';
import { createJournal, type Journal } from '../../node/state/journal.ts';
import type { StateView } from '../../node/state/view.ts';
import type { Fork } from '../../node/types/config.ts';
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../node/types/header.ts';
import type { Address, Hash } from '../../node/types/transaction.ts';
import { assemble } from './assembler.ts';

export const SENDER: Address = `0x${'5e'.repeat(20)}`;
/** Where the code under test stands. */
export const CONTRACT: Address = `0x${'c0'.repeat(20)}`;
/** A second contract. */
export const OTHER: Address = `0x${'0b'.repeat(20)}`;
/** An address without an account. */
export const NOBODY: Address = `0x${'99'.repeat(20)}`;

export type Account = {
  readonly code?: string | Uint8Array;
  readonly balance?: bigint;
  readonly nonce?: bigint;
  readonly storage?: Readonly<Record<string, bigint>>;
};

export type Setting = {
  readonly fork?: Fork;
  readonly gas?: Wide;
  readonly data?: Uint8Array;
  readonly value?: bigint;
  readonly accounts?: Readonly<Record<Address, Account>>;
  readonly storage?: Readonly<Record<string, bigint>>;
  /** Addresses, and slots of CONTRACT, that are warm from the beginning. */
  readonly warm?: readonly (Address | bigint)[];
  readonly hooks?: Hooks;
  readonly stepBudget?: number;
  readonly machine?: Machine;
  readonly block?: Partial<BlockContext>;
  readonly blobVersionedHashes?: readonly Hash[];
};

export type Result = MessageResult & {
  readonly gasUsed: number;
  /** The output as a word. */
  readonly word: bigint;
  readonly journal: Journal;
};

/** The machine of the tier that the environment variable names: the tests of opcodes hold for each. */
export const machineUnderTest: Machine = machineOf(process.env['LOCKSTEP_TIER']);

function machineOf(tier: string | undefined): Machine {
  if (tier === '2') return createTierTwo({ threshold: 0 });
  return tier === '1' ? createTierOne() : createInterpreter();
}

/** Calls CONTRACT, whose code is the text, with a million gas. */
export function run(text: string | Uint8Array, setting: Setting = {}): Result {
  const gas = setting.gas ?? 1_000_000;
  const { fork = 'Osaka', value = 0n, data = EMPTY_BYTES } = setting;
  const journal = journalOf({
    [SENDER]: { balance: 10n ** 18n },
    ...setting.accounts,
    [CONTRACT]: { nonce: 1n, ...setting.accounts?.[CONTRACT], code: text, storage: setting.storage ?? {} },
  });
  for (const place of setting.warm ?? [])
    if (typeof place === 'bigint') journal.warmSlot(CONTRACT, place);
    else journal.warmAddress(place);
  const result = (setting.machine ?? machineUnderTest).execute(
    {
      fork,
      journal,
      block: { ...BLOCK, ...setting.block },
      transaction: { origin: SENDER, gasPrice: 7n, blobVersionedHashes: setting.blobVersionedHashes ?? [] },
      stepBudget: setting.stepBudget ?? null,
      ...(setting.hooks !== undefined && { hooks: setting.hooks }),
    },
    { kind: 'call', caller: SENDER, to: CONTRACT, value, data, gas },
  );
  return { ...result, gasUsed: Number(subtractWide(gas, result.gasLeft)), word: bytesToBigint(result.output), journal };
}

/** The word that the text leaves on top of the stack. */
export function evaluate(text: string, setting: Setting = {}): bigint {
  const { status, halt, word } = run(`${text} ${RETURN_TOP}`, setting);
  if (status !== 'success') throw new Error(`${text}: ${halt ?? status}`);
  return word;
}

/** Returns the word on top of the stack. */
export const RETURN_TOP = '0 MSTORE 32 0 RETURN';

/** A journal over accounts, at the beginning of a transaction. */
export function journalOf(accounts: Readonly<Record<Address, Account>>): Journal {
  const journal = createJournal(viewOf(accounts));
  journal.beginTransaction();
  return journal;
}

function viewOf(accounts: Readonly<Record<Address, Account>>): StateView {
  const codes = new Map<Hash, Uint8Array>();
  for (const [address, { code = EMPTY_BYTES }] of Object.entries(accounts))
    codes.set(codeHashOf(address), typeof code === 'string' ? assemble(code) : code);
  return {
    account(address) {
      const account = accounts[address];
      if (account === undefined) return null;
      const { nonce = 0n, balance = 0n, storage = {} } = account;
      const codeHash = (codes.get(codeHashOf(address))?.length ?? 0) === 0 ? EMPTY_CODE_HASH : codeHashOf(address);
      const storageRoot = Object.keys(storage).length === 0 ? EMPTY_TRIE_ROOT : codeHash;
      return { nonce, balance, codeHash, storageRoot };
    },
    code: (hash) => codes.get(hash) ?? EMPTY_BYTES,
    storage: (address, slot) => accounts[address]?.storage?.[`${slot}`] ?? 0n,
  };
}

/** A stand-in that is the account's own: nothing here hashes code but EXTCODEHASH. */
function codeHashOf(address: string): Hash {
  return `0x${address.slice(2).padEnd(64, '0')}` as Hex;
}

/** The block that all run in. */
export const BLOCK: BlockContext = {
  number: 1000,
  timestamp: 1_700_000_000,
  coinbase: `0x${'cb'.repeat(20)}`,
  prevRandao: `0x${'aa'.repeat(32)}`,
  difficulty: 131_072n,
  gasLimit: 30_000_000,
  baseFee: 7n,
  blobBaseFee: 1n,
  chainId: 1337n,
  blockHash: (number) => `0x${number.toString(16).padStart(64, '0')}`,
};
