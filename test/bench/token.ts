// The token of scenarios/contracts as it stands after its constructor: compiled by solc, deployed on tier 0.

import type { Abi } from 'viem';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { assert } from '../../node/lib/assert.ts';
import { concatBytes, hexToBytes, wordToBytes } from '../../node/lib/bytes.ts';
import { compile } from '../e2e/compile.ts';
import { BLOCK, CONTRACT, journalOf, SENDER } from '../evm/run.ts';

export type DeployedToken = {
  readonly abi: Abi;
  readonly code: Uint8Array;
  readonly storage: ReadonlyMap<bigint, bigint>;
};

/** Deploys the token with a supply of 10^30. */
export function deployToken(): DeployedToken {
  const { abi, bytecode } = compile('Token.sol');
  const journal = journalOf({ [SENDER]: { balance: 1n } });
  const initCode = concatBytes(hexToBytes(bytecode), wordToBytes(10n ** 30n));
  const result = createInterpreter().execute(
    {
      fork: 'Osaka',
      journal,
      block: BLOCK,
      transaction: { origin: SENDER, gasPrice: 0n, blobVersionedHashes: [] },
      stepBudget: null,
    },
    { kind: 'create', caller: SENDER, address: CONTRACT, value: 0n, initCode, gas: 10 ** 8 },
  );
  assert(result.status === 'success', `the token is deployed: ${result.halt}`);
  return { abi, code: result.output, storage: journal.diff().get(CONTRACT)?.storage ?? new Map<bigint, bigint>() };
}
