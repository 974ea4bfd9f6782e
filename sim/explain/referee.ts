// A block executed from its witness on a fresh machine of tier 0: no chain, no store, no network. What it needs and does not find is an
// error of the bundle's, told in one line.

import type { ExecutionEnv } from '../../node/chain/block-execution.ts';
import { isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { type Retraced, retraceBlock } from '../../node/chain/retrace.ts';
import { createClique } from '../../node/consensus/clique/engine.ts';
import { createNone } from '../../node/consensus/none.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccakHex } from '../../node/lib/hashing.ts';
import { createStateView } from '../../node/state/trie-view.ts';
import type { Block } from '../../node/types/block.ts';
import { EMPTY_CODE_HASH } from '../../node/types/header.ts';
import { NetworkError } from '../cluster/errors.ts';

/** What it takes to execute one block anywhere. */
export type Witness = {
  /** geth's genesis.json, parsed as JSON: the rules. */
  readonly genesis: unknown;
  /** The root of the state that the block is executed on. */
  readonly parentStateRoot: Hex;
  /** Encoded trie nodes and codes of that state: each is found by its own hash. */
  readonly nodes: readonly Hex[];
  readonly codes: readonly Hex[];
  /** What BLOCKHASH may ask for. */
  readonly blockHashes: readonly (readonly [number, Hex])[];
};

/** Executes the block. Throws NetworkError where the witness lacks something or its genesis has no rules. */
export function executeFromWitness(witness: Witness, block: Block): Retraced {
  return retraceBlock(environmentOf(witness), block);
}

/** A fresh machine over the witness. Its reads throw NetworkError where something is not there. */
export function environmentOf(witness: Witness): ExecutionEnv {
  const genesis = parseGenesis(witness.genesis);
  if (isGenesisProblem(genesis)) throw new NetworkError('usage', `its genesis: ${genesis.message}`);
  const { config } = genesis;
  const items = new Map<string, Uint8Array>();
  for (const [prefix, list] of [
    ['t/', witness.nodes],
    ['c/', witness.codes],
  ] as const)
    for (const hex of list) {
      const bytes = hexToBytes(hex);
      items.set(`${prefix}${keccakHex(bytes).slice(2)}`, bytes);
    }
  const hashes = new Map(witness.blockHashes);
  const store = {
    get(key: string): Uint8Array | undefined {
      const item = items.get(key);
      if (item !== undefined || key === `c/${EMPTY_CODE_HASH.slice(2)}`) return item;
      const what = key.startsWith('t/') ? 'trie node' : 'code';
      throw new NetworkError(
        'usage',
        `the ${what} 0x${key.slice(2)} is missing, without which the block cannot be executed`,
      );
    },
  };
  return {
    config,
    engine: config.clique === null ? createNone() : createClique(config.clique),
    machine: createInterpreter(),
    store,
    state: createStateView(store, witness.parentStateRoot),
    stateRoot: witness.parentStateRoot,
    blockHash(number) {
      const hash = hashes.get(number);
      if (hash === undefined) throw new NetworkError('usage', `the hash of block ${number} is missing`);
      return hash;
    },
  };
}
