import { describe, expect, it } from 'vitest';
import type { Tip } from '../../node/consensus/engine.ts';
import { createNone } from '../../node/consensus/none.ts';
import { createRandom } from '../../node/lib/random.ts';
import { isRejection } from '../../node/types/rejection.ts';
import { chainOf, hashOf } from './clique/kit.ts';

const engine = createNone();
const { header } = chainOf(1).genesis;

describe('the engine of imported chains', () => {
  it('believes every header and lets nobody seal', () => {
    const snapshot = engine.genesisSnapshot(header);
    if (isRejection(snapshot)) throw new Error(snapshot.message);
    const next = { ...header, number: 1, parentHash: snapshot.hash, difficulty: 131_072n };
    expect(engine.verifyHeader(next, header, snapshot)).toBeNull();
    expect(engine.apply(snapshot, next)).toMatchObject({ number: 1, signers: [] });
    expect(engine.plan(header, snapshot, header.miner, createRandom('a')).kind).toBe('wait');
    expect(() => engine.seal(next, () => ({ r: 1n, s: 1n, yParity: 0 }))).toThrow('not sealed');
    expect(engine.maxAheadSeconds).toBeNull();
  });

  it('takes PREVRANDAO from the mixHash and the fees to the miner', () => {
    const mixHash = hashOf('mix');
    const miner = `0x${'22'.repeat(20)}` as const;
    expect(engine.executionFields({ ...header, mixHash, miner })).toEqual({ coinbase: miner, prevRandao: mixHash });
  });

  it('prefers the higher total difficulty, then the lower hash', () => {
    const parentSnapshot = chainOf(1).genesis.snapshot;
    const tip = (totalDifficulty: bigint, hash: `0x${string}`): Tip => ({
      header,
      hash,
      totalDifficulty,
      parentSnapshot,
    });
    expect(engine.compareTips(tip(2n, '0xff'), tip(1n, '0x00'))).toBeLessThan(0);
    expect(engine.compareTips(tip(1n, '0xff'), tip(1n, '0x00'))).toBeGreaterThan(0);
    expect(engine.compareTips(tip(1n, '0x00'), tip(1n, '0x00'))).toBe(0);
  });
});
