// `--vectors DIR`: raw files as the two upstream projects publish them, execution-spec-tests and ethereum/tests. What a file holds is told
// by its shape; what is neither a state test nor a chain of blocks is skipped with the reason.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Machine } from '../../node/evm/machine.ts';
import type { BlockchainLine } from './blockchain-case.ts';
import { runBlockchainLine } from './blockchain-suite.ts';
import { isWanted, type Report, report, type Selection } from './case.ts';
import type { StateLine } from './state-case.ts';
import { runStateLine } from './state-suite.ts';

/** What a file's entry turned out to be. */
export type UpstreamCase =
  | { readonly suite: 'state'; readonly line: StateLine }
  | { readonly suite: 'blockchain'; readonly line: BlockchainLine }
  | { readonly suite: null; readonly id: string; readonly reason: string };

/** Runs every selected case of a suite below a folder. What belongs to none is told of once, by the first of the suites that are run. */
export function* runUpstream(
  machine: Machine,
  folder: string,
  suite: string,
  suites: readonly string[],
  selection: Selection,
): Generator<Report> {
  const { shard } = selection;
  let index = -1;
  for (const found of readUpstream(folder)) {
    index++;
    if (index % shard.of !== shard.index) continue;
    if (found.suite === null) {
      const { id, reason } = found;
      if (suite === suites[0] && selection.fork === null && isWanted(selection, id, ''))
        yield report(id, null, () => ({ verdict: 'skipped', detail: reason }));
    } else if (found.suite === 'state') {
      if (suite === 'state' && isWanted(selection, found.line.id, found.line.fork))
        yield runStateLine(machine, found.line);
    } else if (suite === 'blockchain' && isWanted(selection, found.line.id, found.line.network))
      yield runBlockchainLine(machine, found.line);
  }
}

/** Every entry of every file below a folder, files in the order of their names. */
export function* readUpstream(folder: string): Generator<UpstreamCase> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const path of paths) yield* readFile(path, relative(folder, path));
}

function* readFile(path: string, name: string): Generator<UpstreamCase> {
  if (!path.endsWith('.json')) return yield { suite: null, id: name, reason: 'not a JSON file' };
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = `cannot be read: ${error instanceof Error ? error.message : error}`;
    return yield { suite: null, id: name, reason };
  }
  if (!isObject(json)) return yield { suite: null, id: name, reason: 'no object of tests' };
  const entries = Object.entries(json);
  if (entries.length === 0) yield { suite: null, id: name, reason: 'no tests' };
  for (const [key, value] of entries) yield* readEntry(key.includes('::') ? key : `${name}::${key}`, value);
}

function* readEntry(id: string, value: unknown): Generator<UpstreamCase> {
  if (!isObject(value)) return yield foreign(id, 'no test');
  const has = (...fields: readonly string[]): boolean => fields.every((field) => value[field] !== undefined);
  if (has('pre', 'env', 'transaction', 'post')) yield* resolveState(id, value as unknown as RawState);
  else if (has('pre', 'genesisBlockHeader', 'blocks'))
    yield {
      suite: 'blockchain',
      line: { id, network: String(value['network']), test: value as BlockchainLine['test'] },
    };
  else if (has('engineNewPayloads')) yield foreign(id, 'payloads of the engine API, which is no chain of blocks');
  else if (has('expect') || has('blocks')) yield foreign(id, 'a filler, or a file with neither genesis nor results');
  else if (has('result', 'txbytes')) yield foreign(id, 'a transaction test: --suite tx runs the official ones');
  else yield foreign(id, 'neither a state test nor a blockchain test');
}

function foreign(id: string, reason: string): UpstreamCase {
  return { suite: null, id, reason };
}

type RawEntry = StateLine['test']['post'][string][number] & {
  readonly indexes?: { readonly data: number; readonly gas: number; readonly value: number };
};
type RawTransaction = NonNullable<StateLine['test']['transaction']>;
type RawState = Omit<StateLine['test'], 'post' | 'transaction'> & {
  readonly transaction: RawTransaction;
  readonly post: Readonly<Record<string, readonly RawEntry[]>>;
};

/** One line for each fork and each result, with the transaction that its indexes name. */
function* resolveState(id: string, test: RawState): Generator<UpstreamCase> {
  for (const [fork, entries] of Object.entries(test.post))
    for (const entry of entries) {
      const { data, gas, value } = entry.indexes ?? { data: 0, gas: 0, value: 0 };
      const isOnly =
        id.includes('::') && id.includes('[') && entries.length === 1 && Object.keys(test.post).length === 1;
      const name = isOnly ? id : `${id}[${fork}-d${data}g${gas}v${value}]`;
      const line: StateLine = {
        id: name,
        fork,
        test: {
          ...test,
          transaction: resolveTransaction(test.transaction, data, gas, value),
          post: { [fork]: [entry] },
        },
      };
      yield { suite: 'state', line };
    }
}

function resolveTransaction(tx: RawTransaction, data: number, gas: number, value: number): RawTransaction {
  const pick = (list: readonly string[], index: number): readonly string[] => list.slice(index, index + 1);
  const { accessLists } = tx;
  return {
    ...tx,
    data: pick(tx.data, data),
    gasLimit: pick(tx.gasLimit, gas),
    value: pick(tx.value, value),
    ...(accessLists !== undefined && { accessLists: accessLists.slice(data, data + 1) }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
