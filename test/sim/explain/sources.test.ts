import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hexToBytes } from '../../../node/lib/bytes.ts';
import { keccakHex } from '../../../node/lib/hashing.ts';
import { findSource } from '../../../sim/explain/sources.ts';
import { buildContracts, COMPILED } from '../../contracts/compiled.ts';
import { CONTRACTS, PROBE } from './probe.ts';

const codeHash = keccakHex(hexToBytes(PROBE.runtime));

describe('a source map', () => {
  it('leads from a step to its line', () => {
    const pc = hexToBytes(PROBE.runtime).indexOf(0x44); // PREVRANDAO stands in it once
    expect(findSource(CONTRACTS, codeHash, pc, [])).toEqual({
      contract: 'Probe',
      file: 'Probe.sol',
      line: 29,
      column: 15,
      text: '        lot = block.prevrandao;',
      excerpt: 'block.prevrandao',
      isCaller: false,
    });
  });

  it('leads nowhere for a code that is not known, or one that creates', () => {
    expect(findSource(CONTRACTS, `0x${'11'.repeat(32)}`, 0, [])).toBeNull();
    expect(findSource(CONTRACTS, null, 0, [])).toBeNull();
  });

  it('counts bytes of UTF-8, and takes over what an entry leaves out', () => {
    const contract = {
      name: 'C',
      runtime: '0x6001600201' as const,
      sourceMap: '0:3:0;;8:2;:::-;0:1:-1',
      sources: [{ file: 'c.sol', text: 'a = “\nbc' }],
    };
    const at = (pc: number, trail: readonly number[] = []) =>
      findSource([contract], keccakHex(hexToBytes(contract.runtime)), pc, trail);
    expect(at(2)).toMatchObject({ line: 1, column: 1, excerpt: 'a =' });
    expect(at(4)).toMatchObject({ line: 2, column: 1, excerpt: 'bc' });
    expect(at(6)).toBeNull();
    expect(at(6, [4, 2])).toMatchObject({ line: 2, isCaller: true });
  });
});

it('scenarios/contracts/compiled.json is what the compiler makes of the contracts (npm run contracts)', {
  timeout: 120_000,
}, () => {
  expect(JSON.parse(readFileSync(COMPILED, 'utf8'))).toEqual(buildContracts());
});
