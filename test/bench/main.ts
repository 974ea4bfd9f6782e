// `npm run bench -- NAME [--json]`: measures one thing and prints it; with --json the last line is the summary.

import { parseArgs } from 'node:util';
import { DEFAULT_TIER, readTier } from '../../node/types/tier.ts';
import type { DosOptions } from './dos.ts';
import type { EvmOptions } from './evm.ts';
import { createReport, type Report } from './report.ts';

type Options = EvmOptions & DosOptions;
type Bench = { readonly about: string; readonly run: (report: Report, options: Options) => Promise<void> };

const BENCHES: Readonly<Record<string, Bench>> = {
  dos: {
    about:
      'milliseconds per million gas of the costliest programs, and the gas limit that follows [--tier N] [--only TEXT]',
    run: async (report, options) => (await import('./dos.ts')).measureDenialOfService(report, options),
  },
  evm: {
    about: "the virtual machine's tiers beside @ethereumjs/evm and anvil [--only TEXT] [--quick] [--sides A,B]",
    run: async (report, options) => (await import('./evm.ts')).measureMachines(report, options),
  },
  trie: {
    about: 'updates of accounts to a new root, time and memory, beside @ethereumjs/mpt',
    run: async (report) => (await import('./trie.ts')).measureTrie(report),
  },
  transfers: {
    about: 'microseconds a transfer from transaction to state root, beside @ethereumjs/vm',
    run: async (report) => (await import('./transfer-blocks.ts')).measureTransferBlocks(report),
  },
  sim: {
    about: 'simulated seconds per second for networks of 4 and 50 nodes',
    run: async (report) => (await import('./sim.ts')).measureSimulation(report),
  },
  recording: {
    about: 'processor time and bytes of recorded nodes beside nodes that are not, idle and under load',
    run: async (report) => (await import('./recording.ts')).measureRecording(report),
  },
  explore: {
    about: 'simulated hours per hour and core in both lanes, and blocks a second of 1,000 nodes',
    run: async (report) => (await import('./explore.ts')).measureExploration(report),
  },
  scale: {
    about: 'propagation, stale blocks and agreement from 4 to 10,000 nodes',
    run: async (report) => (await import('./scale.ts')).measureScale(report),
  },
  network: {
    about: 'transfers a second on four real nodes, beside one anvil',
    run: async (report) => (await import('./network.ts')).measureNetwork(report),
  },
};

const OPTIONS = {
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  only: { type: 'string' },
  quick: { type: 'boolean', default: false },
  sides: { type: 'string' },
  tier: { type: 'string', default: `${DEFAULT_TIER}` },
} as const;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130)); // what was started ends with us
process.exitCode = await main();

async function main(): Promise<number> {
  const read = readArguments();
  if (read === null) return usage();
  const { values, positionals } = read;
  if (values.list) return list(values.json);
  const [name = ''] = positionals;
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  const tier = readTier(values.tier);
  if (bench === undefined || positionals.length !== 1 || tier === null) return usage();
  const options = { tier, only: values.only ?? null, quick: values.quick, sides: values.sides?.split(',') ?? null };
  await bench.run(createReport(name, { json: values.json }), options);
  return 0;
}

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch {
    return null; // an unknown flag
  }
}

function usage(): number {
  process.stderr.write(
    `usage: npm run bench -- NAME [--json] | --list, with one of: ${Object.keys(BENCHES).join(', ')}\n`,
  );
  return 2;
}

function list(json: boolean): number {
  for (const [name, { about }] of Object.entries(BENCHES)) {
    const line = json ? JSON.stringify({ kind: 'bench', name, about }) : `${name.padEnd(12)} ${about}`;
    process.stdout.write(`${line}\n`);
  }
  return 0;
}
