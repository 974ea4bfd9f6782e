// Compiles a contract of scenarios/contracts with solc, from Solidity or Yul; what it imports comes from node_modules, as in an ordinary project.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { Abi, Hex } from 'viem';

const CONTRACTS = new URL('../../scenarios/contracts/', import.meta.url);

export type Compiled = { readonly abi: Abi; readonly bytecode: Hex };

type Output = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<
      string,
      Record<string, { readonly abi?: Abi; readonly evm: { readonly bytecode: { readonly object: string } } }>
    >
  >;
};

/** The contract of a file that has its name, as `Token` in Token.sol. Throws with the compiler's words. */
export function compile(file: string): Compiled {
  const require = createRequire(import.meta.url);
  const solc = require('solc') as typeof import('solc'); // the compiler is a CommonJS module of several megabytes: loaded where it is used
  const input = {
    language: file.endsWith('.yul') ? 'Yul' : 'Solidity',
    sources: { [file]: { content: readFileSync(new URL(file, CONTRACTS), 'utf8') } },
    settings: {
      optimizer: { enabled: true },
      evmVersion: 'osaka',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const read = (path: string): { contents: string } | { error: string } => {
    try {
      return { contents: readFileSync(require.resolve(path), 'utf8') };
    } catch (error) {
      return { error: String(error) };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as Output;
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
  const name = basename(file).replace(/\.(sol|yul)$/, '');
  const contract = output.contracts?.[file]?.[name];
  if (contract === undefined) throw new Error(`${file} holds no contract ${name}`);
  return { abi: contract.abi ?? [], bytecode: `0x${contract.evm.bytecode.object}` };
}
