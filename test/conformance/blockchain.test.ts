// A sample of the official chains in every ordinary run, and all of them where CI is set.

import { describe, expect, it } from 'vitest';
import { createMachine, type TierCounts } from '../../node/evm/create-machine.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { TIERS } from '../../node/types/tier.ts';
import { BLOCKCHAIN_PACKS, blockchainPackFile, rpcChainCases, runBlockchainPack } from './blockchain-suite.ts';
import { EVERYTHING } from './case.ts';
import { hasVectors } from './vectors.ts';

/** About 200 cases in some seconds; all of them in CI. */
const EVERY = process.env['CI'] === undefined ? 20 : 1;
const PACK_TIMEOUT_MS = 240_000;

describe('official chains', () => {
  for (const pack of BLOCKCHAIN_PACKS) {
    it.skipIf(!hasVectors(blockchainPackFile(pack)))(
      `end with the expected head, every refusal for the right reason (${pack})`,
      { timeout: PACK_TIMEOUT_MS },
      async () => {
        const wrong: string[] = [];
        let passed = 0;
        const selection = { ...EVERYTHING, shard: { index: 0, of: EVERY } };
        for await (const { id, verdict, detail } of runBlockchainPack(createInterpreter(), pack, selection))
          if (verdict === 'passed') passed++;
          else wrong.push(`${id}: ${verdict}, ${detail}`);
        expect(wrong).toEqual([]);
        expect(passed).toBeGreaterThan(20);
      },
    );
  }

  const machines = TIERS.map((tier) => createMachine({ tier, threshold: 0 }));
  const chains = machines.flatMap((machine, tier) =>
    rpcChainCases(machine).map((chain) => ({ ...chain, tier, machine })),
  );
  it.each(chains)('are imported from the first block to the last on tier $tier: $id', ({ run, tier, machine }) => {
    expect(run()).toBeNull();
    expect(machine.counts()[`tier${tier}` as keyof TierCounts]).toBeGreaterThan(0); // its own work, not the reference's
  });
});
