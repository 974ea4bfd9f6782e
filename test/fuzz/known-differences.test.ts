import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { wordToHex } from '../../node/lib/bytes.ts';
import { type Fork, includesFork } from '../../node/types/config.ts';
import { assemble } from '../evm/assembler.ts';
import { type FuzzCase, SENDERS } from './case.ts';
import { type CaseReport, checkCase } from './check-case.ts';
import { createPeer } from './ethereumjs.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { addToFile, noTotals } from './totals.ts';

/** A creation with this code, in a transaction of its own. */
function creating(text: string, fork: Fork): FuzzCase {
  return {
    fork,
    block: {
      number: 1000,
      timestamp: 1_700_000_000,
      coinbase: `0x${'cb'.repeat(20)}`,
      prevRandao: wordToHex(0n),
      difficulty: 0n,
      gasLimit: 30_000_000,
      baseFee: includesFork(fork, 'London') ? 7n : 0n,
      excessBlobGas: 0,
    },
    world: new Map(
      SENDERS.map(({ address }) => [
        address,
        { nonce: 0n, balance: 10n ** 18n, code: new Uint8Array(0), storage: new Map() },
      ]),
    ),
    transactions: [
      {
        type: 0,
        sender: 0,
        to: null,
        value: 0n,
        data: assemble(text),
        gasLimit: 300_000,
        maxFeePerGas: 10n,
        maxPriorityFeePerGas: 0n,
        accessList: [],
        blobVersionedHashes: [],
        authorizationList: [],
      },
    ],
  };
}

function check(text: string, fork: Fork, machine: Machine = createInterpreter()): Promise<CaseReport> {
  return checkCase({ tiers: [{ name: 'tier 0', machine }], peer: createPeer() }, creating(text, fork));
}

describe('a creation that reverts with data that begin with 0xEF', () => {
  it('gives back its gas (EIP-140), which the other implementation does not', async () => {
    const { mismatch, known, outcomes } = await check('239 0 MSTORE8 1 0 REVERT', 'Osaka');
    expect(mismatch).toBeNull();
    expect(known).toEqual(KNOWN_DIFFERENCES.map(({ name }) => name));
    expect(outcomes[0]?.status).toBe('revert');
    expect(outcomes[0]?.gasUsed).toBeLessThan(60_000);
  });

  it('is no difference with other data, nor where the code is deployed', async () => {
    for (const text of ['238 0 MSTORE8 1 0 REVERT', '24577 0 REVERT', '239 0 MSTORE8 1 0 RETURN', '24577 0 RETURN']) {
      const { mismatch, known } = await check(text, 'Osaka');
      expect([mismatch, known], text).toEqual([null, []]);
    }
  });

  it('excuses nothing where the fork has no such rule', async () => {
    const { mismatch, known } = await check('239 0 MSTORE8 1 0 REVERT', 'Berlin');
    expect([mismatch, known]).toEqual([null, []]);
  });
});

describe('the other implementation', () => {
  it('notices a machine that is wrong', async () => {
    const machine: Machine = {
      execute(environment, message) {
        const result = createInterpreter().execute(environment, message);
        return { ...result, gasLeft: Number(result.gasLeft) - 1 };
      },
    };
    const { mismatch } = await check('1 0 SSTORE', 'Osaka', machine);
    expect(mismatch?.between).toEqual(['tier 0', 'ethereumjs']);
    expect(mismatch?.difference).toMatch(/^gas used/);
  });
});

describe('totals of several runs', () => {
  it('add up in a file', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'lockstep-fuzz-')), 'totals.json');
    addToFile(path, { ...noTotals(), cases: 2, transactions: 10, seeds: ['a'] });
    const sum = addToFile(path, { ...noTotals(), cases: 3, transactions: 5, mismatches: 1, seeds: ['b'] });
    expect(sum).toEqual({ ...noTotals(), cases: 5, transactions: 15, mismatches: 1, seeds: ['a', 'b'] });
  });
});
