// The command line of `npm run conformance`.

import { parseArgs } from 'node:util';
import { readTier, TIERS, type Tier } from '../../node/types/tier.ts';
import type { Lane } from './case.ts';
import { STATE_PACKS } from './state-suite.ts';

/** The suites, the quick ones first. `rpc-chains` are the chains behind the JSON-RPC tests. */
export const SUITES = [
  'keccak',
  'rlp',
  'trie',
  'tx',
  'precompiles',
  'kzg',
  'rpc-chains',
  'blockchain',
  'state',
] as const;
export type Suite = (typeof SUITES)[number];

export type Options = {
  readonly suites: readonly Suite[];
  readonly fork: string | null;
  readonly filter: string | null;
  readonly pack: string | null;
  /** A folder of raw upstream files instead of the packs. */
  readonly vectors: string | null;
  readonly tier: Tier;
  /** Null for both. */
  readonly lane: Lane | null;
  /** At most so many cases of each suite and lane. */
  readonly limit: number;
  readonly jobs: number;
  /** Which part of how many, where this process is one of several. */
  readonly part: { readonly index: number; readonly of: number };
  readonly backends: 'fast' | 'reference';
  readonly json: boolean;
  readonly trace: boolean;
};

export const USAGE = `usage: npm run conformance -- [options]
  --suite NAME     one of ${SUITES.join(', ')} (default: all)
  --tier N         the machine of state, blockchain and rpc-chains: ${TIERS.join(', ')} (default 0)
  --fork NAME      state, blockchain: only this fork or network
  --filter TEXT    only ids that contain it
  --vectors DIR    raw state and blockchain tests below a folder, as published, instead of the packs
  --json           one JSON object a line, the summary last
  --pack NAME      state: only this pack (${STATE_PACKS.join(', ')})
  --lane NAME      state: quick, or slow for the cases of slow.json (default: both, one after the other)
  --slow           the same as --lane slow
  --limit N        at most so many cases of each suite
  --jobs N         state, blockchain: so many processes
  --backends NAME  of hashing, signatures and curves: fast, as nodes have them (default), or reference
  --trace          state, with --filter: prints EIP-3155's lines instead, from tier 0`;

/** Reads the command line; null where it asks for what there is not, 'help' where it asks for the usage. */
export function readOptions(args: readonly string[]): Options | 'help' | null {
  const values = parse(args);
  if (values === null) return null;
  if (values.help) return 'help';
  const tier = readTier(values.tier);
  const suites = suitesOf(values.suite, values.vectors);
  const lane = values.slow ? 'slow' : (values.lane ?? null);
  const { backends } = values;
  const [index = 0, of = 1] = values.part.split('/').map(Number);
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit);
  const jobs = Number(values.jobs);
  if (tier === null || suites === null || Number.isNaN(limit) || !Number.isInteger(jobs) || jobs < 1) return null;
  if (lane !== null && lane !== 'quick' && lane !== 'slow') return null;
  if (backends !== 'fast' && backends !== 'reference') return null;
  if (values.trace && values.filter === undefined) return null;
  return {
    suites,
    tier,
    lane,
    limit,
    jobs,
    backends,
    part: { index, of },
    fork: values.fork ?? null,
    filter: values.filter ?? null,
    pack: values.pack ?? null,
    vectors: values.vectors ?? null,
    json: values.json,
    trace: values.trace,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        suite: { type: 'string' },
        fork: { type: 'string' },
        pack: { type: 'string' },
        filter: { type: 'string' },
        vectors: { type: 'string' },
        limit: { type: 'string' },
        lane: { type: 'string' },
        slow: { type: 'boolean', default: false },
        tier: { type: 'string', default: '0' },
        jobs: { type: 'string', default: '1' },
        part: { type: 'string', default: '0/1' },
        backends: { type: 'string', default: 'fast' },
        json: { type: 'boolean', default: false },
        trace: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return null;
  }
}

/** Raw files are state and blockchain tests; everything else has its pack. */
function suitesOf(name: string | undefined, vectors: string | undefined): readonly Suite[] | null {
  const all = SUITES.filter((suite) => vectors === undefined || suite === 'state' || suite === 'blockchain');
  if (name === undefined) return all;
  const suite = all.find((each) => each === name);
  return suite === undefined ? null : [suite];
}
