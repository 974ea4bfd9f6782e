import { describe, expect, test } from 'vitest';
import { hexToBytes } from '../../node/lib/bytes.ts';
import { createStateFromAlloc } from '../../node/state/alloc.ts';
import type { Address } from '../../node/types/transaction.ts';
import { hasVectors, readZstdLines } from '../conformance/vectors.ts';
import type { Alloc } from './accounts.ts';

type PlainAccount = { nonce: string; balance: string; code: string; storage: Record<string, string> };
type BlockCase = {
  id: string;
  test: { pre: Record<string, PlainAccount>; genesisBlockHeader: { stateRoot: string } };
};

const PACK = 'blockchain/ethtests-blocks.jsonl.zst';

// The larger pack of blocks is the conformance runner's: it makes the same states on its way.
describe.skipIf(!hasVectors(PACK))('the pre-states of the official block tests', () => {
  test('all have the root that their genesis header names', async () => {
    let count = 0;
    for await (const line of readZstdLines(PACK)) {
      const { id, test: content } = JSON.parse(line) as BlockCase;
      expect(createStateFromAlloc(allocOf(content.pre)).root, id).toBe(content.genesisBlockHeader.stateRoot);
      count++;
    }
    expect(count).toBe(486);
  });
});

function allocOf(plain: Record<string, PlainAccount>): Alloc {
  const entries = Object.entries(plain).map(([address, { nonce, balance, code, storage }]) => {
    const slots = Object.entries(storage).map(([slot, value]) => [BigInt(slot), BigInt(value)] as const);
    const account = { nonce: BigInt(nonce), balance: BigInt(balance), code: hexToBytes(code), storage: new Map(slots) };
    return [address.toLowerCase() as Address, account] as const;
  });
  return new Map(entries);
}
