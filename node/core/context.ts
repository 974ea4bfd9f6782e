// What the concerns of one node share: its parts, and the present. Each concern keeps its own state to itself.

import type { Chain } from '../chain/chain.ts';
import type { Mempool } from '../chain/mempool.ts';
import type { Overlay } from '../lib/store.ts';
import type { NodeOptions } from './options.ts';
import type { Outbox } from './outbox.ts';
import type { Peers } from './peers.ts';
import type { Requests } from './requests.ts';
import type { Retraces } from './retraces.ts';

export type Context = {
  readonly options: NodeOptions;
  readonly overlay: Overlay;
  readonly chain: Chain;
  readonly pool: Mempool;
  readonly outbox: Outbox;
  readonly peers: Peers;
  readonly requests: Requests;
  readonly retraces: Retraces;
  /** The present step's time, milliseconds. */
  readonly nowMs: () => number;
};

/** A verdict over a gossiped message. */
export type Verdict = 'accept' | 'ignore' | 'reject';
