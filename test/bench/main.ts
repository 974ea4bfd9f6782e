// `npm run bench -- NAME [--json]`: measures one thing and prints it; with --json the last line is the summary.

import { parseArgs } from 'node:util';
import { createReport, type Report } from './report.ts';

type Bench = { readonly about: string; readonly run: (report: Report) => Promise<void> };

const BENCHES: Readonly<Record<string, Bench>> = {
  'worst-case': {
    about: 'milliseconds per million gas of the costliest programs, and the gas limit that follows',
    run: async (report) => (await import('./worst-case.ts')).measureWorstCase(report),
  },
  evm: {
    about: 'the tiers of the virtual machine on the same programs, with equal results',
    run: async (report) => (await import('./evm.ts')).measureMachines(report),
  },
  sim: {
    about: 'simulated seconds per second for networks of 4 and 50 nodes',
    run: async (report) => (await import('./sim.ts')).measureSimulation(report),
  },
  network: {
    about: 'transfers a second on four real nodes, beside one anvil',
    run: async (report) => (await import('./network.ts')).measureNetwork(report),
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;

if (values.list) {
  for (const [known, { about }] of Object.entries(BENCHES)) {
    const line = values.json ? JSON.stringify({ kind: 'bench', name: known, about }) : `${known.padEnd(12)} ${about}`;
    process.stdout.write(`${line}\n`);
  }
} else if (bench === undefined || positionals.length !== 1) {
  process.stderr.write(`usage: npm run bench -- NAME [--json], with one of: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 2;
} else {
  await bench.run(createReport(name, { json: values.json }));
}
