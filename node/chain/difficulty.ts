// The difficulty of blocks before the merge (EIP-2, EIP-100, and the delays of the bomb: EIP-649, 1234, 2384, 3554, 4345, 5133). Whether
// the work was done is not looked at.

import { divideBigint } from '../lib/integer.ts';
import { type Fork, includesFork } from '../types/config.ts';
import { EMPTY_OMMERS_HASH, type Header } from '../types/header.ts';

const DIFFICULTY_MIN = 131_072n;
const BOUND_DIVISOR = 2048n;
/** A block that takes long lowers the difficulty, by at most so many steps. */
const STEPS_DOWN_MAX = -99n;
const BOMB_PERIOD_BLOCKS = 100_000n;

/** By how many blocks the bomb is late since each of these forks, newest first. */
const BOMB_DELAYS: readonly (readonly [since: Fork, blocks: bigint])[] = [
  ['GrayGlacier', 11_400_000n],
  ['ArrowGlacier', 10_700_000n],
  ['London', 9_700_000n],
  ['MuirGlacier', 9_000_000n],
  ['Constantinople', 5_000_000n],
  ['Byzantium', 3_000_000n],
];

/** The difficulty of a child under a fork's rules, by its time. */
export function nextDifficulty(fork: Fork, parent: Header, timestamp: Header['timestamp']): bigint {
  const seconds = BigInt(timestamp) - BigInt(parent.timestamp);
  const step = divideBigint(parent.difficulty, BOUND_DIVISOR);
  return atLeast(DIFFICULTY_MIN, parent.difficulty + step * stepsOf(fork, parent, seconds)) + bombOf(fork, parent);
}

function stepsOf(fork: Fork, parent: Header, seconds: bigint): bigint {
  if (!includesFork(fork, 'Homestead')) return seconds < 13n ? 1n : -1n;
  if (!includesFork(fork, 'Byzantium')) return atLeast(STEPS_DOWN_MAX, 1n - divideBigint(seconds, 10n));
  const highest = parent.ommersHash === EMPTY_OMMERS_HASH ? 1n : 2n;
  return atLeast(STEPS_DOWN_MAX, highest - divideBigint(seconds, 9n));
}

/** Doubles every hundred thousand blocks. */
function bombOf(fork: Fork, parent: Header): bigint {
  const delay = BOMB_DELAYS.find(([since]) => includesFork(fork, since))?.[1] ?? 0n;
  const period = divideBigint(atLeast(0n, BigInt(parent.number) + 1n - delay), BOMB_PERIOD_BLOCKS);
  return period < 2n ? 0n : 1n << (period - 2n);
}

function atLeast(least: bigint, value: bigint): bigint {
  return value < least ? least : value;
}
