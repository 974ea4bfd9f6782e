// A sample of the official chains, so that `npm test` notices what breaks; `npm run conformance` runs all of them.

import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { BLOCKCHAIN_PACKS, blockchainPackFile, rpcChainCases, runBlockchainPack } from './blockchain-suite.ts';
import { hasVectors } from './vectors.ts';

/** About 200 cases in some seconds. */
const EVERY = 20;

describe('official chains', () => {
  for (const pack of BLOCKCHAIN_PACKS) {
    it.skipIf(!hasVectors(blockchainPackFile(pack)))(`end with the expected head (a sample of ${pack})`, async () => {
      const failures: string[] = [];
      const selection = { filter: null, every: EVERY };
      for await (const { id, verdict } of runBlockchainPack(createInterpreter(), pack, selection))
        if (verdict.wrong !== null) failures.push(`${id}: ${verdict.wrong}`);
      expect(failures).toEqual([]);
    });
  }

  it.each(rpcChainCases())('are imported from the first block to the last: $id', ({ run }) => {
    expect(run()).toBeNull();
  });
});
