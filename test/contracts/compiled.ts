// The contracts of scenarios/contracts with their source maps, in the form that sim/explain reads.

import { CONTRACTS, runSolc } from './solc.ts';

export const COMPILED: URL = new URL('compiled.json', CONTRACTS);
const FILES = ['Probe.sol', 'Token.sol'];

/** The file's content, as JSON has it. */
export function buildContracts(): unknown {
  return FILES.map(compile);
}

function compile(file: string) {
  const selection = ['evm.bytecode.object', 'evm.deployedBytecode'];
  // Without a hash of sources and settings in it, the code changes only where it does something else.
  const { contract, name, sources } = runSolc(file, selection, { metadata: { bytecodeHash: 'none' } });
  const { bytecode, deployedBytecode } = contract.evm;
  const used = new Set(deployedBytecode.sourceMap.split(';').flatMap((entry) => entry.split(':')[2] || []));
  const byIndex: ({ file: string; text: string } | null)[] = [];
  for (const [path, { id, text }] of sources) byIndex[id] = used.has(String(id)) ? { file: path, text } : null;
  return {
    name,
    creation: `0x${bytecode.object}`,
    runtime: `0x${deployedBytecode.object}`,
    sourceMap: deployedBytecode.sourceMap,
    sources: Array.from(byIndex, (source) => source ?? null),
  };
}
