// The contracts of scenarios/contracts with their source maps, in the form that sim/explain reads.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const FOLDER = new URL('../../scenarios/contracts/', import.meta.url);
export const COMPILED: URL = new URL('compiled.json', FOLDER);
const FILES = ['Probe.sol', 'Token.sol'];

type Bytecode = { readonly object: string; readonly sourceMap: string };
type Output = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources: Readonly<Record<string, { readonly id: number }>>;
  readonly contracts: Readonly<
    Record<
      string,
      Record<string, { readonly evm: { readonly bytecode: Bytecode; readonly deployedBytecode: Bytecode } }>
    >
  >;
};

/** The file's content, as JSON has it. */
export function buildContracts(): unknown {
  return FILES.map(compile);
}

function compile(file: string) {
  const require = createRequire(import.meta.url);
  const solc = require('solc') as typeof import('solc'); // a CommonJS module of several megabytes: loaded where it is used
  const texts = new Map([[file, readFileSync(new URL(file, FOLDER), 'utf8')]]);
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: texts.get(file) } },
    settings: {
      optimizer: { enabled: true },
      evmVersion: 'osaka',
      metadata: { bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode'] } },
    },
  };
  const read = (path: string): { contents: string } | { error: string } => {
    try {
      const contents = readFileSync(require.resolve(path), 'utf8');
      texts.set(path, contents);
      return { contents };
    } catch (error) {
      return { error: String(error) };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as Output;
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
  const name = file.replace(/\.sol$/, '');
  const contract = output.contracts[file]?.[name];
  if (contract === undefined) throw new Error(`${file} holds no contract ${name}`);
  const { bytecode, deployedBytecode } = contract.evm;
  const used = new Set(deployedBytecode.sourceMap.split(';').flatMap((entry) => entry.split(':')[2] || []));
  const sources: ({ file: string; text: string } | null)[] = [];
  for (const [path, { id }] of Object.entries(output.sources))
    sources[id] = used.has(String(id)) ? { file: path, text: texts.get(path) ?? '' } : null;
  return {
    name,
    creation: `0x${bytecode.object}`,
    runtime: `0x${deployedBytecode.object}`,
    sourceMap: deployedBytecode.sourceMap,
    sources: Array.from(sources, (source) => source ?? null),
  };
}
