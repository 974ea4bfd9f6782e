// Every limit of the core, each with its reason: hostile peers are many, memory and time are not. Relations are asserted at the end.

import { FORK_DEPTH_MAX } from '../chain/create-chain.ts';
import { POOL_TX_BYTES_MAX } from '../chain/mempool.ts';
import { BLOCK_BYTES_MAX as VALID_BLOCK_BYTES_MAX } from '../chain/validate-body.ts';
import { assert } from '../lib/assert.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes of one transaction: go-ethereum's pool limit, so that tools meet the same border. */
export const TRANSACTION_BYTES_MAX = 128 * KIB;
/** Bytes of one block: EIP-7934's 10 MiB less its margin of 2 MiB. */
export const BLOCK_BYTES_MAX = 8 * MIB;
/** What the type byte, list prefixes and fixed fields add to a message at most. */
export const FRAME_BYTES_MAX = KIB;

/** A batch of transactions is sent when it holds that much: a gossip message that passes quickly, 500 transfers. */
export const BATCH_BYTES_TARGET = 64 * KIB;
/** A batch waits at most this long, milliseconds: unnoticed by a wallet, and enough to save 90 % of the messages under load. */
export const BATCH_DELAY_MS = 50;

/** Heads and pooled hashes are exchanged that often, milliseconds. */
export const STATUS_INTERVAL_MS = 2_000;
/** Pooled hashes in one status, 8 KiB; a larger pool is told in turns. */
export const STATUS_HASHES_MAX = 256;
/** A request without a response is given up then, milliseconds. */
export const REQUEST_TIMEOUT_MS = 5_000;
/** The slowest link on which requests shall succeed: 1 Mbit/s. */
const LINK_BITS_PER_MS_MIN = 1_000;
/** Requests that a peer may send in a second: status, attestations and a sync at full speed stay far below. */
export const REQUESTS_PER_SECOND_MAX = 200;
/** Peers at once: networks here have up to some dozens of nodes. */
export const PEERS_MAX = 256;
/** Requests of one peer that wait while it is congested. */
export const WAITING_REQUESTS_MAX = 8;

/**
 * Blocks in one response, and the bytes beyond which no further block is added (the first one always is): little enough to pass a slow
 * link before the deadline, or a sync over it would never move.
 */
export const BLOCKS_PER_RESPONSE_MAX = 64;
export const BLOCKS_RESPONSE_BYTES_TARGET = 256 * KIB;
/** Hashes by which a peer that syncs tells where it stands: dense at the tip, then doubling, so 64 reach back 2^53 blocks. */
export const LOCATOR_MAX = 64;
/** How far a wanted block may stand off the canonical chain for us to serve it: no deeper fork is accepted. */
export const SERVE_BRANCH_MAX = FORK_DEPTH_MAX;
/** Syncs at once: one does the work, the others step in when it hangs. */
export const SYNCS_MAX = 3;
/** A sync that made no progress for this long gets a rival, milliseconds. */
export const SYNC_PATIENCE_MS = 1_000;
/** A sync that brought nothing but blocks that we have for this long is a waste: deep forks repeat some hundreds, which takes a moment. */
export const SYNC_STANDSTILL_MS = 10_000;
/** A peer that sent bad blocks, or others than were asked for, is not synced from for this long, milliseconds. */
export const DISTRUST_MS = 10_000;
/** So many syncs in a row may fail before a peer's heavier head no longer keeps us from sealing: one is lost whenever a link is cut. */
export const FAILURES_FORGIVEN = 1;
/** Transactions that are executed in one step of a sync, and of no more gas than a full block has, so that timers and requests get their turn. */
export const SYNC_TRANSACTIONS_PER_STEP = 1_000;

/** Blocks that wait for a parent or for their time: overall, of one peer, and their bytes. */
export const HELD_MAX = 64;
export const HELD_PER_PEER_MAX = 16;
export const HELD_BYTES_MAX = 32 * MIB;
/** A block further ahead of its time than this is not held, milliseconds. */
export const FUTURE_MS_MAX = 30_000;
/** Blocks with a result other than our own that are kept for the explanation, each with the state that we computed for it. */
export const BAD_BLOCKS_MAX = 16;
/** So many of one height are executed a second time to be explained: who signs a thousand bad blocks makes nobody work thrice for each. */
export const BAD_BLOCKS_RETRACED_PER_HEIGHT = 2;
/** The steps of their first transactions are kept as long as these used no more gas together: a step costs at least one, and a watched one a microsecond. */
export const KEPT_TRACE_GAS_MAX = 1_000_000;
/** Steps that are kept of one block: 3 MB where stacks are high. */
export const KEPT_STEPS_MAX = 8_192;
/** Other blocks that were executed again when somebody asked, and what their parts wrote. */
export const RETRACES_MAX = 4;
/** Hashes of tips that were found bad or unobtainable. */
export const BAD_TIPS_MAX = 256;

/** Transactions in one pull. */
export const PULL_HASHES_MAX = 256;
/** Bytes after which no further transaction is added to a response. */
export const PULL_BYTES_TARGET = 128 * KIB;
/** A transaction that the pool refused is not pulled again for this long, milliseconds. */
export const REFUSED_MEMORY_MS = 30_000;
export const REFUSED_MAX = 8_192;

/** Attestations and headers are kept for that many heights below the head: BLOCKHASH's window, which explanations look at. */
export const HISTORY_HEIGHTS = 256;
/** A life tells at its start which blocks of so many last heights it found: what a crash may have cost stands at the top. */
export const STARTED_HEIGHTS = 32;
/** Attestations in one request, and waiting for one peer. */
export const ATTESTATIONS_PER_MESSAGE_MAX = 64;
export const ATTESTATIONS_WAITING_MAX = 512;
/** When a peer connects it is told our attestations of that many last blocks: what a partition of some minutes would have hidden. */
export const ATTESTATIONS_ON_CONNECT = 32;
/** Attestations that are kept of one node: its history and as many of blocks that we do not know. */
export const ATTESTATIONS_PER_NODE_MAX = 512;
/** Nodes outside of the configured list whose attestations are kept: more than a network here has followers. */
export const STRANGERS_MAX = 32;

/** Who begins, or was stopped, waits that long for its peers' heads before it seals, milliseconds: longer than a redial's back-off of 2 s. */
export const HEARING_GRACE_MS = 2_500;
/** A node was stopped when its steps lie further apart than this, milliseconds: an exchange of heads was due in between. */
export const SLEPT_MS = 2 * STATUS_INTERVAL_MS;
/** A signer that lost its store seals again when nothing moved for this long, milliseconds: else L signers with one wiped wait for ever. */
export const LOST_STORE_STANDSTILL_MS = 30_000;
/** The chain stands still when no block came for three periods, and not less than this, milliseconds. */
export const STANDSTILL_MS_MIN = 2_000;
/** A peer counts as present when it was heard of within this, milliseconds: a stalled connection stays open for 15 s. */
export const PRESENT_MS = 6_000;

assert(BLOCK_BYTES_MAX === VALID_BLOCK_BYTES_MAX, 'the wire carries every valid block');
assert(TRANSACTION_BYTES_MAX === POOL_TX_BYTES_MAX, 'the wire carries every transaction that the pool takes');
assert(BATCH_BYTES_TARGET <= TRANSACTION_BYTES_MAX, 'a full batch fits into a message of transactions');
assert(BLOCKS_RESPONSE_BYTES_TARGET <= BLOCK_BYTES_MAX, 'a response is at most one block of the largest size');
for (const bytes of [BLOCKS_RESPONSE_BYTES_TARGET, PULL_BYTES_TARGET + TRANSACTION_BYTES_MAX])
  assert(
    2 * 8 * bytes <= LINK_BITS_PER_MS_MIN * REQUEST_TIMEOUT_MS,
    'a response passes the slowest link in half the time',
  );
assert(HELD_PER_PEER_MAX < HELD_MAX, 'one peer cannot fill the pool of held blocks');
assert(ATTESTATIONS_ON_CONNECT <= ATTESTATIONS_PER_MESSAGE_MAX, 'one request tells a new peer everything');
assert(PRESENT_MS > 2 * STATUS_INTERVAL_MS, 'one lost status does not make a peer absent');
assert(HISTORY_HEIGHTS <= ATTESTATIONS_PER_NODE_MAX, 'a correct node never loses history to the cap');
