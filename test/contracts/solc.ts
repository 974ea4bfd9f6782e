// Runs the compiler on a file of scenarios/contracts, in Solidity or Yul; what it imports comes from node_modules, as in an ordinary project.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { Abi } from 'viem';

/** The folder of the contracts. */
export const CONTRACTS: URL = new URL('../../scenarios/contracts/', import.meta.url);

type Bytecode = { readonly object: string; readonly sourceMap: string };

/** One contract, as far as the selection asked for it. */
export type SolcContract = {
  readonly abi?: Abi;
  readonly evm: { readonly bytecode: Bytecode; readonly deployedBytecode: Bytecode };
};

export type SolcOutput = {
  /** The contract of the file that has its name, as `Token` in Token.sol. */
  readonly contract: SolcContract;
  readonly name: string;
  /** By file: its number in source maps, and its text. */
  readonly sources: ReadonlyMap<string, { readonly id: number; readonly text: string }>;
};

type Json = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources?: Readonly<Record<string, { readonly id: number }>>;
  readonly contracts?: Readonly<Record<string, Record<string, SolcContract>>>;
};

/** Compiles one file. Throws with the compiler's words. */
export function runSolc(file: string, selection: readonly string[], settings: object = {}): SolcOutput {
  const require = createRequire(import.meta.url);
  const solc = require('solc') as typeof import('solc'); // the compiler is a CommonJS module of several megabytes: loaded where it is used
  const texts = new Map([[file, readFileSync(new URL(file, CONTRACTS), 'utf8')]]);
  const input = {
    language: file.endsWith('.yul') ? 'Yul' : 'Solidity',
    sources: { [file]: { content: texts.get(file) } },
    settings: {
      optimizer: { enabled: true },
      evmVersion: 'osaka',
      outputSelection: { '*': { '*': selection } },
      ...settings,
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
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as Json;
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
  const name = basename(file).replace(/\.(sol|yul)$/, '');
  const contract = output.contracts?.[file]?.[name];
  if (contract === undefined) throw new Error(`${file} holds no contract ${name}`);
  const sources = Object.entries(output.sources ?? {}).map(
    ([path, { id }]) => [path, { id, text: texts.get(path) ?? '' }] as const,
  );
  return { contract, name, sources: new Map(sources) };
}
