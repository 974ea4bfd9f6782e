// Transfers a second on four real authorities, started by the command that users type, counted where all four have the block; beside one
// anvil under the same load. All of it shares this machine's cores with the load generator.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installBackends } from '../../node/host/backends.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { type Anvil, endProcess, startAnvil } from './anvil.ts';
import { call } from './batch-client.ts';
import { type Report, rounded } from './report.ts';
import { CHAIN_ID, fund, heightOf, type Sender, signTransfers, startLoad } from './transfers.ts';

const NODES = 4;
const SENDERS = 60;
/** Enough for one minute at a thousand a second. */
const TRANSFERS_EACH = 1_000;
/** Below the pool's 64 of one sender: a reorganisation gives some back. */
const WAITING_MAX = 60;
const WARM_UP_MS = 5_000;
const MEASURED_MS = 30_000;
/** anvil is measured for a shorter time: it would run out of transfers. */
const ANVIL_MEASURED_MS = 8_000;
/** anvil's pool has no bound of one sender's transactions. */
const ANVIL_WAITING_MAX = 400;

/** Measures Lockstep, then anvil. */
export async function measureNetwork(report: Report): Promise<void> {
  await installBackends();
  report.note(`signing ${SENDERS * TRANSFERS_EACH} transfers …`);
  const senders = signTransfers(SENDERS, TRANSFERS_EACH);

  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  const lockstep = await startLockstep(join(folder, 'network')).finally(() => report.note('measuring Lockstep …'));
  let own: Throughput;
  try {
    own = await measure(lockstep.urls, senders, { measuredMs: MEASURED_MS, waitingMax: WAITING_MAX });
    const { memory } = lockstep;
    report.row({ name: 'lockstep, 4 authorities', ...own, secondsToFirstBlock: lockstep.secondsToFirstBlock });
    for (const [name, megabytes] of await memory()) report.row({ name, residentMegabytes: megabytes });
  } finally {
    await lockstep.stop();
    await rm(folder, { recursive: true, force: true });
  }

  report.note('measuring anvil …');
  const anvil = await startMiningAnvil();
  try {
    const other = await measure([anvil.url], senders, { measuredMs: ANVIL_MEASURED_MS, waitingMax: ANVIL_WAITING_MAX });
    report.row({ name: 'anvil, alone', ...other, secondsToFirstBlock: anvil.secondsToFirstBlock });
    report.finish({ anvil: rounded(own.transfersPerSecond / other.transfersPerSecond) });
  } finally {
    await endProcess(anvil.process);
  }
}

type Throughput = {
  readonly transfersPerSecond: number;
  readonly transfers: number;
  readonly seconds: number;
  readonly blocks: number;
  readonly refused: number;
};

async function measure(
  urls: readonly string[],
  senders: readonly Sender[],
  { measuredMs, waitingMax }: { readonly measuredMs: number; readonly waitingMax: number },
): Promise<Throughput> {
  await fund(present(urls[0], 'a node'), senders);
  const load = startLoad(urls, senders, waitingMax);
  await pause(WARM_UP_MS);
  const first = await commonHead(urls);
  const beganMs = performance.now();
  await pause(measuredMs);
  const last = await commonHead(urls);
  const seconds = (performance.now() - beganMs) / 1000;
  await load.stop();

  const transfers = await countTransactions(urls, first, last);
  return {
    transfersPerSecond: rounded(transfers / seconds),
    transfers,
    seconds: rounded(seconds),
    blocks: last - first,
    refused: load.refused(),
  };
}

/** The highest block that every node has reached. */
async function commonHead(urls: readonly string[]): Promise<number> {
  return Math.min(...(await Promise.all(urls.map(heightOf))));
}

/** Counts in (first, last], and asserts that every node has the same blocks there. */
async function countTransactions(urls: readonly string[], first: number, last: number): Promise<number> {
  let count = 0;
  for (let number = first + 1; number <= last; number++) {
    const height = `0x${number.toString(16)}`;
    const blocks = (await Promise.all(urls.map((url) => call(url, 'eth_getBlockByNumber', height, false)))) as {
      readonly hash: string;
      readonly transactions: readonly string[];
    }[];
    const block = present(blocks[0], 'a block');
    assert(
      blocks.every(({ hash }) => hash === block.hash),
      `block ${number} differs between nodes`,
    );
    count += block.transactions.length;
  }
  return count;
}

type Lockstep = {
  readonly urls: readonly string[];
  readonly secondsToFirstBlock: number;
  /** Resident megabytes by process. */
  readonly memory: () => Promise<readonly (readonly [name: string, megabytes: number])[]>;
  readonly stop: () => Promise<void>;
};

/** Types `lockstep up` and waits for the first block on every node. */
async function startLockstep(folder: string): Promise<Lockstep> {
  const cli = fileURLToPath(new URL('../../sim/cli.ts', import.meta.url));
  const flags = ['--nodes', String(NODES), '--followers', '0', '--rpc-port', '0', '--data', folder, '--json'];
  const beganMs = performance.now();
  const child = spawn(process.execPath, [cli, 'up', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = await readyLine(child);
  const urls = ready.nodes.map(({ rpc }) => rpc);
  while ((await commonHead(urls)) === 0) await pause(20);
  const secondsToFirstBlock = rounded((performance.now() - beganMs) / 1000);
  return {
    urls,
    secondsToFirstBlock,
    memory: () => readMemory(present(child.pid, 'a process')),
    stop: () => endProcess(child),
  };
}

async function readyLine(child: ChildProcess): Promise<{ readonly nodes: readonly { readonly rpc: string }[] }> {
  for await (const line of createInterface({ input: present(child.stdout, 'standard output is piped') })) {
    const said = JSON.parse(line) as { kind: string; nodes: { rpc: string }[] }; // our own command's words
    if (said.kind !== 'ready') continue;
    child.stdout?.resume(); // what comes after is not read, and must not fill the pipe
    return said;
  }
  throw new Error('the network ended before it was ready');
}

/** Asks `ps`; no rows where there is none. */
async function readMemory(parent: number): Promise<readonly (readonly [name: string, megabytes: number])[]> {
  const listed = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=']).catch(() => ({ stdout: '' }));
  const processes = listed.stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const of = (index: 0 | 1): number[] =>
    processes.filter((fields) => fields[index] === parent).map((fields) => rounded((fields[2] ?? 0) / 1024));
  return [
    ...of(0).map((megabytes) => ['command, wan and control', megabytes] as const),
    ...of(1).map((megabytes, i) => [`node process ${i + 1}`, megabytes] as const),
  ];
}

/** anvil with one block a second and room for everything: its own gas limit would bound it. */
async function startMiningAnvil(): Promise<Anvil & { readonly secondsToFirstBlock: number }> {
  const beganMs = performance.now();
  const anvil = await startAnvil(['--block-time', '1', '--chain-id', String(CHAIN_ID), '--gas-limit', '1000000000']);
  while ((await heightOf(anvil.url)) === 0) await pause(20);
  return { ...anvil, secondsToFirstBlock: rounded((performance.now() - beganMs) / 1000) };
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
