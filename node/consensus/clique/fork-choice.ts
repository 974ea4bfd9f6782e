// Which of two Clique tips wins (EIP-3436): a total order, so that all nodes that know the same blocks choose the same one, whichever
// came first. Networks halted for good where clients kept the first one seen.

import { assert } from '../../lib/assert.ts';
import { compareText } from '../../lib/bytes.ts';
import type { Tip } from '../engine.ts';

/**
 * Negative where `a` wins, positive where `b` does, zero for one and the same block. In this order: the higher total difficulty;
 * the lower number; the sealer who was in turn least recently; the lower hash as an integer.
 */
export function compareTips(a: Tip, b: Tip): number {
  if (a.totalDifficulty !== b.totalDifficulty) return a.totalDifficulty > b.totalDifficulty ? -1 : 1;
  if (a.header.number !== b.header.number) return a.header.number - b.header.number;
  const turns = blocksSinceTurn(b) - blocksSinceTurn(a);
  if (turns !== 0) return turns;
  return compareText(a.hash, b.hash); // of one length and one case: text orders them as integers do
}

/** (number − index of the sealer) mod N, with index and N of the snapshot that validates the header: 0 for a block in turn. */
function blocksSinceTurn(tip: Tip): number {
  const { signers } = tip.parentSnapshot;
  const index = signers.indexOf(tip.header.miner);
  assert(index >= 0 || tip.header.number === 0, `${tip.header.miner} is not a signer`);
  if (index < 0) return 0; // genesis has no sealer
  return (tip.header.number - index + signers.length) % signers.length;
}
