// When a signer may seal a child of a block (EIP-225, authorization strategies). It reads no clock: the core adds the present.

import { divide } from '../../lib/integer.ts';
import type { Random } from '../../lib/random.ts';
import { narrow } from '../../lib/wide.ts';
import type { CliqueConfig } from '../../types/config.ts';
import type { Header } from '../../types/header.ts';
import type { Address } from '../../types/transaction.ts';
import type { SealingPlan, Snapshot } from '../engine.ts';
import { barredUntil } from './snapshot.ts';
import { DIFF_INTURN, difficultyOf } from './verify.ts';

/** EIP-225: an out-of-turn signer waits for at most this for every signer. */
const WAIT_PER_SIGNER_MS = 500;

/** And for at most half a period, so that the chain keeps its pace while the signer in turn is down. */
const WAIT_PER_PERIOD_SECOND_MS = 500;

/**
 * No wait is shorter than a fifth of the longest: 100 ms at a period of 1 s, in which the block of the signer in turn reaches
 * everyone who would otherwise seal a needless rival.
 */
const SHORTEST_WAIT_DIVISOR = 5;

/**
 * Plans a signer's child of a block. Asked again for the same block it says the same: the wait is a function of the generator's seed,
 * the block and the signer.
 */
export function planSealing(
  config: CliqueConfig,
  parent: Header,
  snapshot: Snapshot,
  signer: Address,
  random: Random,
): SealingPlan {
  if (!snapshot.signers.includes(signer)) return { kind: 'wait', reason: 'not-a-signer', until: null };
  const until = barredUntil(config, snapshot, signer);
  if (until !== null) return { kind: 'wait', reason: 'recently-signed', until };

  const difficulty = difficultyOf(snapshot, signer);
  const inTurn = difficulty === DIFF_INTURN;
  return {
    kind: 'seal',
    timestamp: narrow(parent.timestamp) + config.period,
    inTurn,
    difficulty,
    delayMs: inTurn ? 0 : drawWaitMs(config, snapshot, random.fork(`out-of-turn/${snapshot.hash}/${signer}`)),
  };
}

/** The bounds of an out-of-turn signer's wait, milliseconds, both included. */
export function waitBoundsMs(
  config: CliqueConfig,
  signerCount: number,
): { readonly shortest: number; readonly longest: number } {
  const longest = Math.min(signerCount * WAIT_PER_SIGNER_MS, config.period * WAIT_PER_PERIOD_SECOND_MS);
  return { shortest: divide(longest, SHORTEST_WAIT_DIVISOR), longest };
}

function drawWaitMs(config: CliqueConfig, snapshot: Snapshot, random: Random): number {
  const { shortest, longest } = waitBoundsMs(config, snapshot.signers.length);
  return random.between(shortest, longest);
}
