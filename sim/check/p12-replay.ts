// P12: a chain means the same to whoever begins with its genesis.

import { followTips } from './follow-tips.ts';
import type { Property, Violation } from './property.ts';
import { type ReplayOf, replayOf } from './replay.ts';
import { readBlock } from './seen-block.ts';

/** Longer chains are replayed as far as this, so that a run of hours does not end with one of minutes. */
export const REPLAYED_TRANSACTIONS_MAX = 100_000;

/** The property over a replay. */
export const replayedOver = (replayFor: ReplayOf): Property => ({
  id: 'P12',
  statement: 're-executing the chain from genesis on a fresh machine gives the same root at every height',
  watch(facts) {
    const tips = followTips(facts);
    return {
      observe(observation) {
        tips.observe(observation);
        return [];
      },
      finish() {
        if (facts.horizon !== undefined)
          return { violations: [], evidence: 'not asked: the watching began above the genesis' };
        const replay = replayFor(facts);
        const violations: Violation[] = [];
        const chains = tips.chains();
        let transactions = 0;
        let count = 0;
        for (const { block, rlp, transactions: held } of chains) {
          transactions += held.length;
          if (transactions > REPLAYED_TRANSACTIONS_MAX) break;
          count += 1;
          const header = readBlock(rlp);
          const own = replay.block(block.hash, rlp);
          const problem =
            own.kind === 'not-replayed'
              ? own.why
              : [
                  own.stateRoot === header.stateRoot
                    ? ''
                    : `state root ${own.stateRoot}, the block says ${header.stateRoot}`,
                  own.receiptsRoot === header.receiptsRoot
                    ? ''
                    : `receipts root ${own.receiptsRoot}, the block says ${header.receiptsRoot}`,
                  BigInt(own.gasUsed) === header.gasUsed ? '' : `${own.gasUsed} gas, the block says ${header.gasUsed}`,
                  own.logsBloom === header.logsBloom ? '' : 'another bloom',
                ].find((words) => words !== '');
          if (problem === undefined) continue;
          violations.push({
            id: 'P12',
            evidence: `block ${block.number} ${block.hash}, executed again: ${problem}`,
            atMs: 0,
          });
          break; // everything above stands on it
        }
        const short =
          count < chains.length ? ` (of ${chains.length}: no more than ${REPLAYED_TRANSACTIONS_MAX} transactions)` : '';
        return { violations, evidence: `${count} blocks executed again from the genesis${short}, on a fresh machine` };
      },
    };
  },
});

export const replayed: Property = replayedOver(replayOf);
