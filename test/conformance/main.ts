// `npm run conformance`: the official vectors, suite by suite. Prints what failed and why; exits 1 where anything did.

import { type CountingMachine, createMachine } from '../../node/evm/create-machine.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { installBackends } from '../../node/host/backends.ts';
import { BASIC_VECTORS, keccakCases, rlpCases, transactionCases, trieCases } from './basics.ts';
import { BLOCKCHAIN_PACKS, blockchainPackFile, rpcChainCases, runBlockchainPack } from './blockchain-suite.ts';
import { type Case, type Lane, type Report, report, type Selection } from './case.ts';
import { type Options, readOptions, type Suite, USAGE } from './options.ts';
import { runInParts } from './parts.ts';
import { KZG_VECTORS, kzgCases, PRECOMPILE_VECTORS, precompileCases } from './precompiles.ts';
import { runStatePack, STATE_PACKS, statePackFile } from './state-suite.ts';
import { count, countSteps, createTally, type Print, printText, summarize, type Tally } from './tally.ts';
import { printTraces } from './trace.ts';
import { runUpstream } from './upstream.ts';
import { hasVectors } from './vectors.ts';

const CASES: Readonly<Partial<Record<Suite, { readonly file: string; readonly cases: (machine: Machine) => Case[] }>>> =
  {
    keccak: { file: BASIC_VECTORS.keccak, cases: keccakCases },
    rlp: { file: BASIC_VECTORS.rlp, cases: rlpCases },
    trie: { file: BASIC_VECTORS.trie, cases: trieCases },
    tx: { file: BASIC_VECTORS.tx, cases: transactionCases },
    precompiles: { file: PRECOMPILE_VECTORS, cases: precompileCases },
    kzg: { file: KZG_VECTORS, cases: kzgCases },
    'rpc-chains': { file: 'rpc-compat/osaka-all-forks.jsonl.gz', cases: rpcChainCases },
  };

const options = readOptions(process.argv.slice(2));
if (options === null || options === 'help') {
  console.log(USAGE);
  process.exitCode = options === null ? 2 : 0;
} else process.exitCode = await main(options);

async function main(wanted: Options): Promise<number> {
  const print: Print = wanted.json ? (record) => console.log(JSON.stringify(record)) : printText;
  if (wanted.backends === 'fast') await installBackends();
  if (wanted.trace) return printTraces(wanted);
  const machine = createMachine({
    tier: wanted.tier,
    threshold: 0, // of tier 2: everything is hot
    onRefusal: (error) => {
      throw error; // where its module is refused, nothing is proven
    },
  });
  const tallies: Tally[] = [];
  for (const { name, suite, lane } of lanesOf(wanted))
    tallies.push(await run(wanted, name, suite, lane, machine, print));
  return summarize(tallies, wanted.tier, wanted.json ? 'json' : 'text');
}

type LaneOfSuite = { readonly name: string; readonly suite: Suite; readonly lane: Lane | null };

/** The suites, and behind them the slow cases of the state tests, as a suite of their own. */
function lanesOf({ suites, lane, vectors }: Options): readonly LaneOfSuite[] {
  const lanes = suites
    .filter((suite) => lane !== 'slow' || suite === 'state')
    .map((suite): LaneOfSuite => ({ name: suite, suite, lane: suite === 'state' ? 'quick' : null }));
  const hasSlow = suites.includes('state') && vectors === null;
  if (!hasSlow || lane === 'quick') return lanes;
  const slow: LaneOfSuite = { name: 'state-slow', suite: 'state', lane: 'slow' };
  return lane === 'slow' ? [slow] : [...lanes, slow];
}

async function run(
  wanted: Options,
  name: string,
  suite: Suite,
  lane: Lane | null,
  machine: CountingMachine,
  print: Print,
): Promise<Tally> {
  const start = performance.now();
  const tally = createTally(name);
  const isStreamed = CASES[suite] === undefined;
  if (isStreamed && wanted.jobs > 1) {
    const own = [
      '--suite',
      suite,
      '--jobs',
      '1',
      ...(lane === null || wanted.vectors !== null ? [] : ['--lane', lane]),
    ];
    await runInParts([...process.argv.slice(2), ...own], wanted.jobs, print, tally);
  } else {
    let before = machine.counts();
    for await (const found of reportsOf(wanted, suite, lane, machine)) {
      count(tally, found, print);
      const after = machine.counts();
      countSteps(tally, wanted.tier, found.fork, {
        tier0: after.tier0 - before.tier0,
        tier1: after.tier1 - before.tier1,
        tier2: after.tier2 - before.tier2,
      });
      before = after;
      if (tally.total >= wanted.limit) break;
    }
  }
  if (lane === 'quick' && wanted.lane === 'quick' && wanted.part.of === 1)
    print({ kind: 'note', text: 'the cases of slow.json are left to --lane slow' });
  tally.seconds = Math.round((performance.now() - start) / 100) / 10;
  return tally;
}

/** What became of every wanted case of a suite. */
async function* reportsOf(
  wanted: Options,
  suite: Suite,
  lane: Lane | null,
  machine: CountingMachine,
): AsyncGenerator<Report> {
  const { fork, filter, pack: packWanted, part: shard, vectors } = wanted;
  const selection: Selection = { fork, filter, lane, shard };
  const small = CASES[suite];
  if (vectors !== null) yield* runUpstream(machine, vectors, suite, wanted.suites, selection);
  else if (small !== undefined) yield* runCases(small.file, () => small.cases(machine), filter);
  else if (suite === 'blockchain') {
    for (const pack of BLOCKCHAIN_PACKS)
      if (hasVectors(blockchainPackFile(pack))) yield* runBlockchainPack(machine, pack, selection);
  } else
    for (const pack of STATE_PACKS)
      if ((packWanted === null || packWanted === pack) && hasVectors(statePackFile(pack)))
        yield* runStatePack(machine, pack, selection);
}

function* runCases(file: string, cases: () => Case[], filter: string | null): Generator<Report> {
  if (!hasVectors(file)) return;
  for (const { id, run: judge } of cases()) {
    if (filter !== null && !id.includes(filter)) continue;
    yield report(id, null, () => {
      const wrong = judge();
      return { verdict: wrong === null ? 'passed' : 'failed', detail: wrong };
    });
  }
}
