// geth's genesis.json: read, checked field by field, and made into the genesis block with its state. `config.lockstep` holds what geth has no word for.

import type { Write } from '../lib/store.ts';
import type { Block } from '../types/block.ts';
import type { ChainConfig } from '../types/config.ts';
import type { Address, Hash } from '../types/transaction.ts';

/** An account of the genesis allocation. */
export type GenesisAccount = {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly code: Uint8Array;
  readonly storage: ReadonlyMap<bigint, bigint>;
};

export type Genesis = {
  readonly config: ChainConfig;
  readonly timestamp: number;
  readonly extraData: Uint8Array;
  readonly gasLimit: number;
  readonly difficulty: bigint;
  readonly mixHash: Hash;
  readonly nonce: bigint;
  readonly coinbase: Address;
  readonly baseFeePerGas: bigint | null;
  readonly excessBlobGas: number | null;
  readonly blobGasUsed: number | null;
  readonly alloc: ReadonlyMap<Address, GenesisAccount>;
};

/** What is wrong with a genesis file: the field's path (`config.clique.period`) and a sentence. */
export type GenesisProblem = { readonly kind: 'genesis-problem'; readonly path: string; readonly message: string };

/** Reads a parsed genesis.json. Unknown fields of its own section `config.lockstep` are problems, unknown fields elsewhere are geth's affair. */
export declare function parseGenesis(json: unknown): Genesis | GenesisProblem;

/** The genesis block and every write that a new store needs for it: state, block, canonical index, head. */
export declare function createGenesisBlock(genesis: Genesis): {
  readonly block: Block;
  readonly writes: readonly Write[];
};
