// No consensus: for importing chains that others agreed on, such as official test chains. It believes every header and seals nothing.
// Rewards, ommers and the rules of proof of work are not its affair: the chain's own rules judge the rest.

import { assert } from '../lib/assert.ts';
import { compareText } from '../lib/bytes.ts';
import { headerHash } from '../types/header.ts';
import type { Engine, Tip } from './engine.ts';

/** Creates the engine. Nobody may seal: `plan` always waits, `prepare` and `seal` are bugs. */
export function createNone(): Engine {
  return {
    name: 'none',
    maxAheadSeconds: null,
    hasFinality: false,
    genesisSnapshot: (genesis) => ({
      number: genesis.number,
      hash: headerHash(genesis),
      signers: [],
      recents: [],
      votes: [],
    }),
    verifyHeader: () => null,
    apply: (_, header) => ({ number: header.number, hash: headerHash(header), signers: [], recents: [], votes: [] }),
    sealer: (header) => header.miner,
    isInTurn: () => true,
    executionFields: (header) => ({ coinbase: header.miner, prevRandao: header.mixHash }),
    plan: () => ({ kind: 'wait', reason: 'not-a-signer', until: null }),
    prepare: neverSeals,
    seal: neverSeals,
    compareTips,
    signersNeeded: () => 0,
    safe: () => null,
  };
}

/** The higher total difficulty, then the longer chain (since the merge every block adds nothing), then the lower hash as an integer. */
function compareTips(a: Tip, b: Tip): number {
  if (a.totalDifficulty !== b.totalDifficulty) return a.totalDifficulty > b.totalDifficulty ? -1 : 1;
  if (a.header.number !== b.header.number) return b.header.number - a.header.number;
  return compareText(a.hash, b.hash);
}

function neverSeals(): never {
  assert(false, 'an imported chain is not sealed');
}
