// What a node tells the world about itself: facts for logs, metrics, checkers and the dashboard. Plain data that survives JSON.

import type { Hex } from '../lib/bytes.ts';
import type { RejectionCode } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';
import type { NodeName, PeerId } from './names.ts';

/** What one node computed for one block. */
export type ExecutionResult = {
  readonly stateRoot: Hash;
  readonly receiptsRoot: Hash;
  readonly gasUsed: number;
  readonly logsBloom: Hex;
};

/** A block and where it stands. */
export type BlockRef = { readonly hash: Hash; readonly number: number };

/** How a transaction left the pool or never entered it. `hash` is null where the bytes did not decode. */
export type TransactionFate = 'accepted' | 'replaced' | 'rejected' | 'dropped' | 'mined' | 'returned';

export type NodeEvent =
  | {
      readonly kind: 'started';
      readonly head: BlockRef;
      readonly genesis: Hash;
      readonly signer: Address | null;
      /** Every block in the store from that height on, whatever its branch. */
      readonly stored: { readonly from: number; readonly hashes: readonly Hash[] };
    }
  | {
      /** A block was executed, whether or not the result was the header's. `rlp` is the whole block. */
      readonly kind: 'executed';
      readonly block: BlockRef;
      readonly parentHash: Hash;
      readonly sealer: Address;
      readonly inTurn: boolean;
      readonly source: 'sealed' | 'gossip' | 'sync';
      readonly own: ExecutionResult;
      /** Of the requests that came out of our own execution (EIP-7685); before Prague no header has it. */
      readonly requestsHash: Hash;
      /** Whether our own result is the header's, so that the block was imported. */
      readonly agrees: boolean;
      readonly rlp: Hex;
      readonly transactions: readonly { readonly hash: Hash; readonly sender: Address; readonly nonce: string }[];
    }
  | {
      /** The canonical chain changed: `undone` from the old head downwards, `redone` upwards to the new head. */
      readonly kind: 'head';
      readonly block: BlockRef;
      readonly stateRoot: Hash;
      readonly sealer: Address;
      readonly inTurn: boolean;
      readonly totalDifficulty: string;
      readonly undone: readonly BlockRef[];
      readonly redone: readonly BlockRef[];
    }
  | { readonly kind: 'sealed'; readonly block: BlockRef; readonly parentHash: Hash; readonly signer: Address }
  | { readonly kind: 'halted'; readonly head: BlockRef; readonly signers: number; readonly needed: number }
  | { readonly kind: 'resumed'; readonly head: BlockRef }
  | {
      readonly kind: 'transaction';
      readonly fate: TransactionFate;
      readonly hash: Hash | null;
      readonly code: RejectionCode | null;
      readonly block: Hash | null;
    }
  | {
      readonly kind: 'rejected';
      readonly what: 'gossip' | 'request' | 'response';
      readonly peer: PeerId;
      readonly name: NodeName | null;
      readonly code: RejectionCode;
      readonly message: string;
    }
  | {
      /** Two results for one block hash. The names are those of the configured list; null where a key is not in it. */
      readonly kind: 'divergence';
      readonly block: BlockRef;
      readonly results: readonly {
        readonly node: NodeName | null;
        readonly nodeAddress: Address;
        readonly stateRoot: Hash;
        readonly receiptsRoot: Hash;
        readonly gasUsed: number;
      }[];
      /** The first field that differs between the first two results. */
      readonly field: 'stateRoot' | 'receiptsRoot' | 'gasUsed';
    }
  | { readonly kind: 'agreement'; readonly block: BlockRef; readonly stateRoot: Hash; readonly nodes: number }
  | {
      /** `proof`: two headers by one signer on one parent. `sign`: two at one height on different parents. */
      readonly kind: 'equivocation';
      readonly strength: 'proof' | 'sign';
      readonly signer: Address;
      readonly number: number;
      readonly hashes: readonly [Hash, Hash];
    }
  | { readonly kind: 'peer'; readonly peer: PeerId; readonly name: NodeName | null; readonly up: boolean }
  | {
      readonly kind: 'sync';
      readonly peer: PeerId;
      readonly from: number;
      readonly to: number;
      readonly blocks: number;
    }
  | {
      readonly kind: 'sealing';
      readonly enabled: boolean;
      readonly reason: 'operator' | 'behind' | 'caught-up' | 'fresh-store';
    }
  | { readonly kind: 'host'; readonly message: string };
