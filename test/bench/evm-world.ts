// The state that all sides of the comparison share, and what is called in it. Every call goes through the meter, a contract that calls the
// program and returns the gas that it took before the program's own output: so that gas is compared wherever output is.

import { createInterpreter } from '../../node/evm/interpreter.ts';
import { assert } from '../../node/lib/assert.ts';
import { bytesToBigint, bytesToHex, concatBytes, EMPTY_BYTES, type Hex, wordToBytes } from '../../node/lib/bytes.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import type { Address } from '../../node/types/transaction.ts';
import { assemble } from '../evm/assembler.ts';
import { BLOCK, journalOf } from '../evm/run.ts';

/** Accounts by address. */
export type World = ReadonlyMap<Address, AllocAccount>;

/** Who calls. Holds ether and nothing else. */
export const CALLER: Address = `0x${'ca'.repeat(20)}`;
/** The contract behind which every program runs: for a program, the one who calls. */
export const METER: Address = `0x${'4e'.repeat(20)}`;
const NOTHING: Address = `0x${'40'.repeat(20)}`;
/** A program that does nothing. */
export const EMPTY = { entry: NOTHING, accounts: new Map<Address, AllocAccount>() };

/** Of every call: more than any program needs, less than what a number holds exactly. */
export const CALL_GAS = 2 ** 42;

/** The target's address, then its input. Returns whether it succeeded, the gas that went, and its output. */
const METER_CODE = assemble(`
  32 CALLDATASIZE SUB 32 0 CALLDATACOPY
  GAS 0 0 32 CALLDATASIZE SUB 0 0 0 CALLDATALOAD GAS CALL
  GAS SWAP1 0 MSTORE SWAP1 SUB 32 MSTORE
  RETURNDATASIZE 0 64 RETURNDATACOPY
  RETURNDATASIZE 64 ADD 0 RETURN
`);

/** What is there in every world. */
export const SURROUNDINGS: World = new Map([
  [CALLER, account({ balance: 10n ** 24n })],
  [METER, account({ code: METER_CODE })],
  [NOTHING, account({ code: assemble('STOP') })],
]);

/** What a call of the meter came to. */
export type Metered = { readonly isSuccess: boolean; readonly gas: number; readonly output: Hex };

/** The meter's input for a call of a program. */
export function meteredInput(target: Address, input: Uint8Array): Uint8Array {
  return concatBytes(wordToBytes(BigInt(target)), input);
}

/** Reads what the meter returned. */
export function readMetered(output: Uint8Array): Metered {
  assert(output.length >= 64, `the meter returned ${output.length} bytes`);
  return {
    isSuccess: output[31] === 1,
    gas: Number(bytesToBigint(output.subarray(32, 64))),
    output: bytesToHex(output.subarray(64)),
  };
}

/** A contract's account, or another. */
export function account(fields: Partial<AllocAccount>): AllocAccount {
  const { code = EMPTY_BYTES, balance = 0n, storage = new Map() } = fields;
  return { nonce: code.length === 0 ? 0n : 1n, balance, code, storage };
}

/** What a constructor leaves that runs at an address, called by that deployer. */
export function deploy(initCode: Uint8Array, address: Address, deployer: Address): AllocAccount {
  const journal = journalOf({});
  const result = createInterpreter().execute(
    {
      fork: 'Osaka',
      journal,
      block: BLOCK,
      transaction: { origin: deployer, gasPrice: 0n, blobVersionedHashes: [] },
      stepBudget: null,
    },
    { kind: 'create', caller: deployer, address, value: 0n, initCode, gas: 10 ** 8 },
  );
  assert(result.status === 'success', `a contract was not deployed: ${result.halt}`);
  return account({ code: result.output, storage: journal.diff().get(address)?.storage ?? new Map() });
}
