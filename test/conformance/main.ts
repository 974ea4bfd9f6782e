// `npm run conformance`: the official vectors, suite by suite. Prints what failed and why; exits 1 where anything did.

import { parseArgs } from 'node:util';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { createTierOne } from '../../node/evm/tier-one/machine.ts';
import { createTierTwo } from '../../node/evm/tier-two/machine.ts';
import { BASIC_VECTORS, keccakCases, rlpCases, transactionCases, trieCases } from './basics.ts';
import { BLOCKCHAIN_PACKS, blockchainPackFile, rpcChainCases, runBlockchainPack } from './blockchain-suite.ts';
import type { Case } from './case.ts';
import { runInParts } from './parts.ts';
import { KZG_VECTORS, kzgCases, PRECOMPILE_VECTORS, precompileCases } from './precompiles.ts';
import { runStatePack, STATE_PACKS, statePackFile } from './state-suite.ts';
import { hasVectors } from './vectors.ts';

const USAGE = `usage: npm run conformance -- [options]
  --suite NAME   one of keccak, rlp, trie, tx, precompiles, kzg, rpc-chains, blockchain, state
                 (default: all)
  --fork NAME    state: only this fork
  --pack NAME    state: only this pack (${STATE_PACKS.join(', ')})
  --filter TEXT  only ids that contain it
  --limit N      at most so many cases of each suite
  --slow         state: also the cases of slow.json
  --tier N       state, blockchain: the machine, 0 (default), 1 or 2
  --jobs N       state: so many processes
  --json         one JSON object a line, the summary last`;

const { values: options } = parseArgs({
  options: {
    suite: { type: 'string' },
    fork: { type: 'string' },
    pack: { type: 'string' },
    filter: { type: 'string' },
    limit: { type: 'string' },
    slow: { type: 'boolean', default: false },
    tier: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '1' },
    part: { type: 'string', default: '0/1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** What a suite came to; also the record that one process hands to another. */
export type Tally = {
  readonly suite: string;
  total: number;
  passed: number;
  failed: number;
  skipped: number;
  readonly seconds: number;
  readonly forks: Record<string, { passed: number; failed: number }>;
};

const CASES: Readonly<Record<string, { readonly file: string; readonly cases: () => Case[] }>> = {
  keccak: { file: BASIC_VECTORS.keccak, cases: keccakCases },
  rlp: { file: BASIC_VECTORS.rlp, cases: rlpCases },
  trie: { file: BASIC_VECTORS.trie, cases: trieCases },
  tx: { file: BASIC_VECTORS.tx, cases: transactionCases },
  precompiles: { file: PRECOMPILE_VECTORS, cases: precompileCases },
  kzg: { file: KZG_VECTORS, cases: kzgCases },
  'rpc-chains': { file: 'rpc-compat/osaka-all-forks.jsonl.gz', cases: rpcChainCases },
};

/** From here on a case is worth a line of its own. */
const SLOW_MS = 5000;
const limit = options.limit === undefined ? Number.POSITIVE_INFINITY : Number(options.limit);
const streamed = ['blockchain', 'state'];
const suites = options.suite === undefined ? [...Object.keys(CASES), ...streamed] : [options.suite];

if (
  options.help ||
  !['0', '1', '2'].includes(options.tier) ||
  suites.some((suite) => !streamed.includes(suite) && CASES[suite] === undefined)
) {
  console.log(USAGE);
  process.exit(options.help ? 0 : 2);
}

const tallies: Tally[] = [];
for (const suite of suites) tallies.push(await run(suite));
summarize(tallies);
process.exitCode = tallies.some(({ failed }) => failed > 0) ? 1 : 0;

async function run(suite: string): Promise<Tally> {
  const start = performance.now();
  const tally = { suite, total: 0, passed: 0, failed: 0, skipped: 0, forks: {} };
  const entry = CASES[suite];
  if (entry !== undefined) runCases(entry, tally);
  else if (suite === 'blockchain') await runBlockchain(tally);
  else if (Number(options.jobs) > 1) await runInParts(process.argv.slice(2), Number(options.jobs), report, tally);
  else await runState(tally);
  return { ...tally, seconds: Math.round((performance.now() - start) / 100) / 10 };
}

/** The machine of the tier that was asked for; where its module is refused, nothing is proven. */
function createMachine(): Machine {
  if (options.tier === '0') return createInterpreter();
  const refused = (error: unknown): never => {
    throw error;
  };
  const machine =
    options.tier === '1' ? createTierOne({ onRefusal: refused }) : createTierTwo({ threshold: 0, onRefusal: refused });
  process.once('beforeExit', () => report({ kind: 'steps', tier: Number(options.tier), ...machine.counts() }));
  return machine;
}

type Counting = Omit<Tally, 'seconds'>;

function runCases({ file, cases }: { file: string; cases: () => Case[] }, tally: Counting): void {
  if (!hasVectors(file)) return;
  for (const { id, run, skip } of cases()) {
    if (options.filter !== undefined && !id.includes(options.filter)) continue;
    if (tally.total >= limit) return;
    tally.total++;
    const wrong = skip === undefined ? run() : null;
    if (skip !== undefined) {
      tally.skipped++;
      report({ kind: 'skipped', suite: tally.suite, id, reason: skip });
    } else if (wrong === null) tally.passed++;
    else {
      tally.failed++;
      report({ kind: 'failure', suite: tally.suite, id, wrong });
    }
  }
}

async function runState(tally: Counting): Promise<void> {
  const machine = createMachine();
  const [index, of] = options.part.split('/').map(Number);
  const selection = {
    fork: options.fork ?? null,
    filter: options.filter ?? null,
    slow: options.slow ? 'run' : 'put-aside',
    shard: { index: index ?? 0, of: of ?? 1 },
  } as const;
  for (const pack of STATE_PACKS) {
    if (options.pack !== undefined && options.pack !== pack) continue;
    if (!hasVectors(statePackFile(pack))) continue;
    for await (const { id, fork, verdict, wrong, refusedAs, milliseconds } of runStatePack(machine, pack, selection)) {
      tally.total++;
      if (verdict === 'put-aside') tally.skipped++;
      else if (verdict === 'out-of-reach') {
        tally.skipped++;
        report({ kind: 'skipped', suite: 'state', id, reason: wrong });
      } else {
        const name = pack === 'cancun-supplement' ? `${fork} (supplement)` : fork;
        tally.forks[name] ??= { passed: 0, failed: 0 };
        const count = tally.forks[name];
        count[verdict]++;
        tally[verdict]++;
        if (wrong !== null) report({ kind: 'failure', suite: 'state', id, wrong });
        else if (refusedAs !== null && options.filter !== undefined)
          report({ kind: 'refused', suite: 'state', id, code: refusedAs });
        if (milliseconds > SLOW_MS)
          report({ kind: 'slow', suite: 'state', id, milliseconds: Math.round(milliseconds) });
      }
      if (tally.total >= limit) return;
    }
  }
}

async function runBlockchain(tally: Counting): Promise<void> {
  const machine = createMachine();
  for (const pack of BLOCKCHAIN_PACKS) {
    if (!hasVectors(blockchainPackFile(pack))) continue;
    for await (const { id, network, verdict } of runBlockchainPack(machine, pack, { filter: options.filter ?? null })) {
      if (options.fork !== undefined && options.fork.toLowerCase() !== network.toLowerCase()) continue;
      tally.total++;
      if (verdict.outOfReach !== null) {
        tally.skipped++;
        report({ kind: 'skipped', suite: 'blockchain', id, reason: verdict.outOfReach });
      } else {
        tally.forks[network] ??= { passed: 0, failed: 0 };
        const outcome = verdict.wrong === null ? 'passed' : 'failed';
        tally.forks[network][outcome]++;
        tally[outcome]++;
        if (verdict.wrong !== null) report({ kind: 'failure', suite: 'blockchain', id, wrong: verdict.wrong });
      }
      if (tally.total >= limit) return;
    }
  }
}

function report(record: Readonly<Record<string, unknown>>): void {
  if (options.json) console.log(JSON.stringify(record));
  else if (record['kind'] === 'failure') console.log(`FAILED ${record['id']}\n       ${record['wrong']}`);
  else if (record['kind'] === 'skipped') console.log(`skipped ${record['id']}: ${record['reason']}`);
  else if (record['kind'] === 'refused') console.log(`refused as ${record['code']}: ${record['id']}`);
  else if (record['kind'] === 'steps')
    console.log(
      `steps: ${record['compiled']} compiled, ${record['module']} in the module, ${record['reference']} on the reference`,
    );
  else if (record['kind'] === 'slow') console.log(`slow: ${record['milliseconds']} ms ${record['id']}`);
}

function summarize(all: readonly Tally[]): void {
  const sum = (field: 'total' | 'passed' | 'failed' | 'skipped') =>
    all.reduce((count, tally) => count + tally[field], 0);
  if (options.json) {
    for (const tally of all) console.log(JSON.stringify({ kind: 'suite', ...tally }));
    const totals = { total: sum('total'), passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
    console.log(JSON.stringify({ kind: 'summary', ...totals }));
    return;
  }
  for (const { suite, total, passed, failed, skipped, seconds, forks } of all) {
    const aside =
      skipped > 0 ? `, ${skipped} skipped${suite === 'state' ? ', most as slow (--slow runs those)' : ''}` : '';
    console.log(`${suite}: ${passed} of ${total - skipped} passed, ${failed} failed${aside}, ${seconds} s`);
    for (const [fork, count] of Object.entries(forks))
      console.log(`  ${fork}: ${count.passed} passed, ${count.failed} failed`);
  }
  console.log(`total: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
}
