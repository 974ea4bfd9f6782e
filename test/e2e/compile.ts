// A contract of scenarios/contracts as a client library wants it.

import type { Abi, Hex } from 'viem';
import { runSolc } from '../contracts/solc.ts';

export type Compiled = { readonly abi: Abi; readonly bytecode: Hex };

/** The contract of a file that has its name, as `Token` in Token.sol. Throws with the compiler's words. */
export function compile(file: string): Compiled {
  const { contract } = runSolc(file, ['abi', 'evm.bytecode.object']);
  return { abi: contract.abi ?? [], bytecode: `0x${contract.evm.bytecode.object}` };
}
