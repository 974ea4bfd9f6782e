// How much one request may ask of a node. Every limit has a clear error where it is checked.

/** Requests in one batch. ethers sends up to 100 by default. */
export const BATCH_MAX = 100;

/** Gas of eth_call and eth_estimateGas: go-ethereum's default for `--rpc.gascap`. */
export const CALL_GAS_MAX = 50_000_000;

/**
 * Steps of the interpreter for one eth_call, or for all runs of one eth_estimateGas together. Pure code has no clock, so this stands for
 * go-ethereum's 5 s: the reference machine makes 8 million steps a second where they call and write, and 15 to 50 million where they
 * compute. Ordinary code costs more than 3 gas a step, so that the gas cap is what it meets first. Precompiled contracts count a step for
 * each unit of their gas: 40 million gas of them is all that a call may have, 4 s of the slowest (docs/benchmarks.md).
 */
export const CALL_STEPS_MAX = 40_000_000;

/**
 * How far above the least sufficient gas an estimate may be, per mille: go-ethereum's tolerance. Wallets add more than that, and each
 * further halving executes the call once more.
 */
export const ESTIMATE_TOLERANCE_PER_MILLE = 15;

/** Blocks in the range of one eth_getLogs. */
export const LOG_BLOCKS_MAX = 2000;
/** Logs in one answer. */
export const LOG_ENTRIES_MAX = 10_000;
/** Addresses, and alternatives of one topic, in one filter: go-ethereum's limits for topics and addresses together. */
export const FILTER_ALTERNATIVES_MAX = 1000;
/** Positions of a topic filter: LOG4 has four. */
export const FILTER_TOPICS_MAX = 4;

/** Blocks in one eth_feeHistory: what is asked beyond is cut off, as go-ethereum does. */
export const FEE_HISTORY_BLOCKS_MAX = 1024;
/** Percentiles in one eth_feeHistory. */
export const FEE_HISTORY_PERCENTILES_MAX = 100;

/**
 * Steps of one part of a block that are compared: a watched step takes a microsecond, and the node does nothing else meanwhile. A full block of
 * ordinary code has fewer.
 */
export const TRACE_STEPS_MAX = 4_000_000;
/** Steps in one answer: 2 KB each where the stack is high. */
export const STEPS_PER_ANSWER_MAX = 1_024;
/** Trie nodes in one answer: a branch has 532 bytes. */
export const STATE_ITEMS_MAX = 256;

/** Heights in one lockstep_stateRoots. */
export const STATE_ROOTS_MAX = 1000;
