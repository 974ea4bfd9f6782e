// What a node is told at birth. Keys stay outside: the core gets functions that sign.

import type { Genesis } from '../chain/genesis.ts';
import type { Sign } from '../consensus/engine.ts';
import type { Machine } from '../evm/machine.ts';
import type { Address } from '../types/transaction.ts';
import type { NodeName } from './contract.ts';

/** One of the configured nodes: who it is on the network, and as whom it seals. */
export type KnownNode = {
  readonly name: NodeName;
  /** The address of its node key, which signs attestations and is its libp2p identity. */
  readonly nodeAddress: Address;
  /** Null for followers. */
  readonly signer: Address | null;
};

export type NodeOptions = {
  readonly name: NodeName;
  readonly genesis: Genesis;
  /** The seed of everything that looks random in this node. */
  readonly seed: string;
  readonly nodeAddress: Address;
  /** Signs with the node key (attestations). */
  readonly signNode: Sign;
  /** Null: a follower, which executes and compares but never seals. */
  readonly sealer: { readonly address: Address; readonly sign: Sign } | null;
  readonly nodes: readonly KnownNode[];
  readonly machine: Machine;
  readonly gasLimitTarget: number;
};
