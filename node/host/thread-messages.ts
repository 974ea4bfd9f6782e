// What the two threads of a process say to each other: the main one with libp2p and HTTP, and the core's with the store and the RPC's
// answers. Plain data; bytes are moved, not copied, where their sender owns them.

import type { NodeConfig } from '../config/node-config.ts';
import type { Accepted, Ask, Input, NodeName } from '../core/contract.ts';
import type { BlockRef, NodeEvent } from '../core/events.ts';
import type { TierCounts } from '../evm/create-machine.ts';
import type { Rejection } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';
import type { HostErrorCode } from './host-error.ts';
import type { NetworkEffect } from './network.ts';

/** What the core's thread is born with. Holds keys. */
export type CoreThreadData = {
  readonly config: NodeConfig;
  /** The genesis file, parsed as JSON and not checked yet, and its path for messages. */
  readonly genesis: unknown;
  readonly genesisFile: string;
  /** The store's folder, absolute. */
  readonly data: string;
};

/** A query is answered by a reply with its number. */
export type ToCore =
  | { readonly kind: 'start' }
  | { readonly kind: 'input'; readonly input: Input }
  | { readonly kind: 'query'; readonly id: number; readonly query: CoreQuery }
  | { readonly kind: 'stop' };

export type CoreQuery =
  /** `caller` says which methods there are: the public ones, or the operator's beside them. */
  | { readonly kind: 'rpc'; readonly caller: 'public' | 'operator'; readonly body: Uint8Array }
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'status' };

export type FromCore =
  | { readonly kind: 'ready'; readonly genesis: Hash }
  | { readonly kind: 'failed'; readonly code: HostErrorCode; readonly message: string }
  | { readonly kind: 'fatal'; readonly message: string }
  | { readonly kind: 'effects'; readonly effects: readonly NetworkEffect[] }
  | { readonly kind: 'events'; readonly events: readonly EventText[] }
  | { readonly kind: 'reply'; readonly id: number; readonly reply: CoreReply }
  | { readonly kind: 'stopped' };

export type CoreReply =
  | { readonly kind: 'rpc'; readonly body: Uint8Array | null }
  | { readonly kind: 'ask'; readonly outcome: Accepted | Rejection }
  | { readonly kind: 'status'; readonly status: CoreStatus };

/** An event as JSON text: made once, in the core's thread, sent on as it is. */
export type EventText = { readonly kind: NodeEvent['kind']; readonly atMs: number; readonly text: string };

/** A core's condition in a few fields. */
export type CoreStatus = {
  readonly name: NodeName;
  readonly nowMs: number;
  readonly genesis: Hash;
  readonly head: BlockRef & { readonly stateRoot: Hash; readonly timestamp: number };
  readonly signer: Address | null;
  readonly sealing: boolean;
  readonly halted: { readonly signers: number; readonly needed: number } | null;
  readonly peers: readonly { readonly peer: string; readonly name: NodeName | null }[];
  readonly pooled: number;
  /** Refusals since the start, by code. */
  readonly rejections: readonly (readonly [string, number])[];
  /** What the machine's tiers have executed since the start. */
  readonly steps: TierCounts;
};
