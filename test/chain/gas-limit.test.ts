import { describe, expect, it } from 'vitest';
import { createChain } from '../../node/chain/create-chain.ts';
import { gasLimitBounds, nextGasLimit } from '../../node/chain/gas-limit.ts';
import { createClique } from '../../node/consensus/clique/engine.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { createRandom } from '../../node/lib/random.ts';
import { createOverlay } from '../../node/lib/store.ts';
import { parsed, sealNext, testGenesisJson, transfer } from './fixture.ts';

const MAX = 2n ** 63n - 1n;

describe("a child's gas limit", () => {
  it('moves by less than 1/1024 of its parent’s, and not below 5000', () => {
    expect(gasLimitBounds(1_024_000)).toEqual({ lowest: 1_023_001, highest: 1_024_999 });
    expect(gasLimitBounds(5_000)).toEqual({ lowest: 5_000, highest: 5_003 });
    expect(gasLimitBounds(5_001)).toEqual({ lowest: 5_000, highest: 5_004 });
  });

  it('is exact around 2^53', () => {
    expect(gasLimitBounds(2n ** 53n)).toEqual({ lowest: 2 ** 53 - 2 ** 43 + 1, highest: 2n ** 53n + 2n ** 43n - 1n });
  });

  it('is at most 2^63 - 1', () => {
    expect(gasLimitBounds(MAX).highest).toBe(MAX);
    expect(gasLimitBounds(MAX - 1n).highest).toBe(MAX);
  });

  it('moves towards a target as far as it may', () => {
    expect(nextGasLimit(1_024_000, 2_000_000)).toBe(1_024_999);
    expect(nextGasLimit(1_024_000, 1_024_500)).toBe(1_024_500);
    expect(nextGasLimit(1_024_000, 5_000)).toBe(1_023_001);
  });
});

describe('a block of our own', () => {
  it('leaves out what would use more gas than a header can say, however much room another signer has made', () => {
    const json = testGenesisJson({ gasLimit: 2 ** 53 - 1 });
    const config = json['config'] as Record<string, unknown>;
    delete config['osakaTime']; // EIP-7825 would cap each transaction
    delete (config['blobSchedule'] as Record<string, unknown>)['osaka'];
    const genesis = parsed({ ...json, baseFeePerGas: '0x7' });
    const chain = createChain({
      genesis,
      engine: createClique(genesis.config.clique!),
      machine: createInterpreter(),
      overlay: createOverlay({ get: () => undefined }),
      gasLimitTarget: 2n ** 60n, // of that other signer
      random: createRandom('test'),
    });
    const wasteful = { to: null, value: 0n, data: Uint8Array.of(0xfe), maxFeePerGas: 7n, maxPriorityFeePerGas: 0n };
    const most = transfer(0, 0n, { ...wasteful, gasLimit: 2 ** 53 - 60_000 });
    const [more, little] = [60_000, 59_999].map((gasLimit) => transfer(1, 0n, { ...wasteful, gasLimit }));
    const block = sealNext(chain, [most, more!, little!]);
    expect(block.header.gasLimit > 2 ** 53).toBe(true);
    expect(block.transactions).toEqual([most, little]);
    expect(block.header.gasUsed).toBe(2 ** 53 - 1);
  });
});
