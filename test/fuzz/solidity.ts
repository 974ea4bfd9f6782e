// Contracts that a compiler wrote: deployed once on the reference machine, and called with arguments that fit their functions.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { concatBytes, hexToBytes, utf8ToBytes, wordToBytes } from '../../node/lib/bytes.ts';
import { keccak256 as keccak } from '../../node/lib/hashing.ts';
import type { Random } from '../../node/lib/random.ts';
import type { AllocAccount } from '../../node/state/alloc.ts';
import type { Address } from '../../node/types/transaction.ts';
import { type Compiled, compile } from '../e2e/compile.ts';
import { BLOCK, journalOf, SENDER } from '../evm/run.ts';
import { randomBytes } from './precompile-calls.ts';
import { randomWord } from './random-word.ts';

/** A deployed contract, with the functions that it has. */
export type Contract = {
  readonly address: Address;
  readonly account: AllocAccount;
  readonly initCode: Uint8Array;
  readonly functions: readonly ContractFunction[];
};

type ContractFunction = { readonly selector: Uint8Array; readonly types: readonly string[] };

const FILES = [
  '../../test/fuzz/contracts/Fragments.sol',
  'Token.sol',
  '../../test/bench/contracts/TokenLoop.sol',
] as const;

/** The contracts, compiled and deployed. Takes seconds. */
export function deployContracts(): readonly Contract[] {
  return FILES.map((file, i) => {
    const { abi, bytecode } = compileOnce(file);
    const address: Address = `0x50${'00'.repeat(18)}0${i + 1}`;
    const initCode = concatBytes(hexToBytes(bytecode), wordToBytes(10n ** 6n)); // Token's supply; the others ignore it
    const journal = journalOf({ [SENDER]: { balance: 1n } });
    const result = createInterpreter().execute(
      {
        fork: 'Osaka',
        journal,
        block: BLOCK,
        transaction: { origin: SENDER, gasPrice: 0n, blobVersionedHashes: [] },
        stepBudget: null,
      },
      { kind: 'create', caller: SENDER, address, value: 0n, initCode, gas: 10 ** 8 },
    );
    if (result.status !== 'success') throw new Error(`${file} is not deployed: ${result.halt}`);
    const storage = journal.diff().get(address)?.storage ?? new Map();
    const functions = abi.flatMap((item) =>
      item.type === 'function'
        ? [
            selectorOf(
              item.name,
              item.inputs.map(({ type }) => type),
            ),
          ] // no function here takes a tuple
        : [],
    );
    return { address, account: { nonce: 1n, balance: 5n, code: result.output, storage }, initCode, functions };
  });
}

/** Compiled contracts are kept among the temporary files: the compiler takes longer than a short run. */
function compileOnce(file: string): Compiled {
  const source = readFileSync(new URL(file, CONTRACTS));
  const libraries = readFileSync(new URL('../../package.json', import.meta.url)); // names the compiler's version and the library's
  const key = createHash('sha256').update(source).update(libraries).digest('hex').slice(0, 24);
  const path = join(tmpdir(), `lockstep-fuzz-${key}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Compiled; // written below
  const compiled = compile(file);
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(compiled));
  renameSync(`${path}.${process.pid}`, path);
  return compiled;
}

/** From where the compiler takes its files. */
const CONTRACTS = new URL('../../scenarios/contracts/', import.meta.url);

function selectorOf(name: string, types: readonly string[]): ContractFunction {
  return { selector: keccak(utf8ToBytes(`${name}(${types.join(',')})`)).slice(0, 4), types };
}

/** The input of a call of one of the functions. `inner` is what an argument of bytes may hold: often a call itself. */
export function encodeCall(
  random: Random,
  contract: Contract,
  addresses: readonly Address[],
  inner: Uint8Array,
): Uint8Array {
  const { selector, types } = random.pick(contract.functions);
  const heads: Uint8Array[] = [];
  const tails: Uint8Array[] = [];
  let tailAt = types.length * 32;
  for (const type of types) {
    if (type === 'bytes' || type === 'string') {
      const bytes = random.chance(1, 2) ? inner : randomBytes(random, random.pick([0, 5, 31, 32, 33, 70]));
      const tail = concatBytes(wordToBytes(BigInt(bytes.length)), bytes, new Uint8Array(-bytes.length & 31));
      heads.push(wordToBytes(BigInt(tailAt)));
      tails.push(tail);
      tailAt += tail.length;
    } else heads.push(wordToBytes(argument(random, type, addresses)));
  }
  const input = concatBytes(selector, ...heads, ...tails);
  if (random.chance(1, 20)) input[random.below(input.length)] = random.below(256);
  return random.chance(1, 20) ? input.slice(0, random.below(input.length)) : input;
}

function argument(random: Random, type: string, addresses: readonly Address[]): bigint {
  if (type === 'address') return BigInt(random.pick(addresses));
  if (type === 'bool') return BigInt(random.below(2));
  return random.chance(2, 3) ? BigInt(random.below(12)) : randomWord(random);
}
