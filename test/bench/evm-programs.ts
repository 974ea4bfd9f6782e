// The programs that machines are compared on: sentences of test/evm/assembler.ts, and a token compiled by solc. Each is one call.

import { encodeFunctionData } from 'viem';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { assert } from '../../node/lib/assert.ts';
import { EMPTY_BYTES, hexToBytes } from '../../node/lib/bytes.ts';
import { compile } from '../e2e/compile.ts';
import { assemble } from '../evm/assembler.ts';
import { BLOCK, CONTRACT, journalOf, OTHER, SENDER, type Setting } from '../evm/run.ts';

export type Program = { readonly name: string; readonly code: Uint8Array; readonly setting: Setting };

const WIDE = `0x${'f7'.repeat(32)}`;
const HALF = `0x${'e3'.repeat(17)}`;

/** All programs; the first call of each does some tens of milliseconds of work on the slowest machine. */
export function evmPrograms(): readonly Program[] {
  const callee = { accounts: { [OTHER]: { code: '0 CALLDATALOAD 1 ADD 0 MSTORE 32 0 RETURN' } } };
  return [
    loop('small loop', 100_000, ''),
    loop('MULMOD and DIV', 15_000, `${HALF} ${WIDE} DUP3 MULMOD ${WIDE} DIV POP`),
    loop('EXP', 400, `${WIDE} ${WIDE} EXP POP`),
    loop('keccak', 8_000, '64 0 KECCAK256 0 MSTORE'),
    loop('storage', 8_000, 'DUP1 DUP1 127 AND DUP1 SLOAD POP SSTORE'),
    loop('memory copy', 15_000, '1024 0 1056 MCOPY 1056 MLOAD 1 ADD 0 MSTORE'),
    loop('calls', 8_000, `32 0 32 0 ${OTHER} GAS STATICCALL POP`, callee),
    ...tokenPrograms(),
  ];
}

function loop(name: string, times: number, body: string, setting: Setting = {}): Program {
  return { name, code: assemble(`${times} loop: ${body} 1 SWAP1 SUB DUP1 @loop JUMPI`), setting };
}

/** The token's code and storage are what its constructor leaves. */
function tokenPrograms(): readonly Program[] {
  const { abi, bytecode } = compile('../../test/bench/contracts/TransferLoop.sol');
  const journal = journalOf({ [SENDER]: { balance: 1n } });
  const result = createInterpreter().execute(
    {
      fork: 'Osaka',
      journal,
      block: BLOCK,
      transaction: { origin: SENDER, gasPrice: 0n, blobVersionedHashes: [] },
      stepBudget: null,
    },
    { kind: 'create', caller: SENDER, address: CONTRACT, value: 0n, initCode: hexToBytes(bytecode), gas: 10 ** 8 },
  );
  assert(result.status === 'success', `the token is deployed: ${result.halt}`);
  const slots = journal.diff().get(CONTRACT)?.storage ?? new Map<bigint, bigint>();
  const storage = Object.fromEntries([...slots].map(([slot, value]) => [`${slot}`, value]));
  const call = (name: string, functionName: string, count: bigint): Program => ({
    name,
    code: result.output,
    setting: { storage, data: hexToBytes(encodeFunctionData({ abi, functionName, args: [count] })) },
  });
  assert(result.output !== EMPTY_BYTES, 'the token has code');
  return [
    call('ERC-20 transfers in one call', 'transfers', 2_000n),
    call('ERC-20 mints in one call', 'mints', 2_000n),
    call('ERC-20 transfers by calls', 'callTransfers', 1_500n),
  ];
}
