// The contract whose functions each lean on something that a faulty machine gets wrong: how it is deployed, called, and what is to be found.

import { readFileSync } from 'node:fs';
import { encodeFunctionData, type Hex, parseAbi } from 'viem';
import type { CompiledContract } from '../../../sim/explain/sources.ts';

export const CONTRACTS = JSON.parse(
  readFileSync(new URL('../../../scenarios/contracts/compiled.json', import.meta.url), 'utf8'),
) as readonly (CompiledContract & { readonly creation: Hex })[];

export const PROBE = CONTRACTS.find(({ name }) => name === 'Probe')!;

const ABI = parseAbi([
  'function divideSigned(int256,int256)',
  'function divide(uint256,uint256)',
  'function countZeros(uint256)',
  'function drawLots()',
  'function announce(uint256,uint256)',
  'function fingerprint(bytes)',
]);
type Call = Parameters<typeof encodeFunctionData<typeof ABI>>[0];
const call = (functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: ABI, functionName, args } as unknown as Call);

/** What of an explanation must be right. */
export type Expected = {
  readonly data: Hex;
  readonly opcode: string;
  /** The slot of the contract that has two values; null where only receipts or balances differ. */
  readonly slot: number | null;
  readonly line: RegExp;
};

const THIRD_OF_ALL = 2n ** 256n - 1n;

export const EXPECTED: Readonly<Record<string, Expected>> = {
  'sdiv-rounds-down': { data: call('divideSigned', [-7n, 2n]), opcode: 'SDIV', slot: 0, line: /quotient = a \/ b;/ },
  'div-in-floating-point': {
    data: call('divide', [THIRD_OF_ALL, 3n]),
    opcode: 'DIV',
    slot: 1,
    line: /share = a \/ b;/,
  },
  'clz-counts-from-zero': { data: call('countZeros', [0n]), opcode: 'CLZ', slot: 2, line: /clz\(word\)/ },
  'randao-reads-the-clock': {
    data: call('drawLots', []),
    opcode: 'PREVRANDAO',
    slot: 3,
    line: /lot = block.prevrandao;/,
  },
  'log-topics-unordered': {
    data: call('announce', [9n, 2n]),
    opcode: 'LOG3',
    slot: null,
    line: /emit Paid\(to, from\);/,
  },
  'sha256-flips-a-bit': {
    data: call('fingerprint', ['0x6162']),
    opcode: 'STATICCALL',
    slot: 4,
    line: /sha256\(text\)/,
  },
  'sstore-costs-one-more': { data: call('divide', [9n, 3n]), opcode: 'SSTORE', slot: null, line: /share = a \/ b;/ },
};
