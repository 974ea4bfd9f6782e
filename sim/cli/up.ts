// `lockstep up`: a network of processes on this machine, its addresses and accounts, then a live table until it is interrupted.

import { join } from 'node:path';
import { DEVELOPMENT_ACCOUNTS, DEVELOPMENT_MNEMONIC } from '../../node/config/keys.ts';
import { AUTHORITIES_MAX, DEFAULT_PLAN, FOLLOWERS_MAX, PERIOD_SECONDS_MAX } from '../cluster/description.ts';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import { type PlanWish, settlePlan } from '../cluster/layout.ts';
import { planProblems, readFaults } from '../cluster/plan.ts';
import { type ProcessNetwork, startProcessNetwork } from '../cluster/process-network.ts';
import { controlClient, type NetworkStatus } from '../cluster/remote.ts';
import { storyLine } from '../cluster/story.ts';
import { EXIT } from './exit.ts';
import { claimFolder, removeControlFile, writeControlFile } from './find-network.ts';
import { type Interruption, interruption } from './interruption.ts';
import { COMMAND, createOutput, type Output } from './output.ts';
import { askAll } from './status-source.ts';
import { drawTable } from './table.ts';
import { readTierFlag, readWhole } from './words.ts';

export type UpFlags = {
  readonly nodes?: string;
  readonly followers?: string;
  readonly period?: string;
  readonly seed?: string;
  readonly signerLimit?: string;
  readonly genesis?: string;
  readonly tier?: string;
  readonly fault?: readonly string[];
  readonly data: string;
  readonly rpcPort: string;
  /** A folder, or true for the one beside the chain. */
  readonly record?: string | true;
  readonly json?: boolean;
};

const REFRESH_MS = 500;
const STORY_LINES = 8;

/** Runs until SIGINT or SIGTERM; returns the exit status. */
export async function up(flags: UpFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const rpcPort = readWhole(flags.rpcPort, '--rpc-port', 0, 65_535);
  const wish = readWish(flags);
  const plan = await settlePlan(flags.data, wish, DEFAULT_PLAN);
  const [problem] = planProblems({ ...plan, faults: Object.fromEntries(plan.faults) });
  if (problem !== undefined) throw new NetworkError('usage', `--${problem.path.join('.')}: ${problem.why}`);
  await claimFolder(flags.data);

  const stopped = interruption();
  const beganMs = Date.now();
  let network: ProcessNetwork | null = null;
  try {
    output.progress(`starting ${plan.authorities} authorities and ${plan.followers} followers on ${flags.data} …`);
    const recording = readRecording(flags);
    network = await startProcessNetwork(plan, flags.data, { rpcPort, recording, signal: stopped.signal });
    await writeControlFile(flags.data, network.control.url);
    const status = await controlClient(network.control.url).status();
    announce(output, status, network, Date.now() - beganMs);
    if (recording !== null) output.progress(`recording to ${recording}: lockstep replay ${recording} lives it again`);
    await (output.json ? followAsJson(output, network, stopped) : followAsTable(status, network, stopped));
    return EXIT.interrupted;
  } catch (error) {
    if (stopped.isOver()) return EXIT.interrupted;
    throw error;
  } finally {
    await network?.close();
    await removeControlFile(flags.data);
    stopped.dispose();
    if (network !== null) output.progress('stopped');
  }
}

function readRecording({ record, data }: UpFlags): string | null {
  if (record === undefined) return null;
  return record === true ? join(data, 'recording') : record;
}

function readWish(flags: UpFlags): PlanWish {
  const wish: { -readonly [K in keyof PlanWish]: PlanWish[K] } = {};
  if (flags.nodes !== undefined) wish.authorities = readWhole(flags.nodes, '--nodes', 1, AUTHORITIES_MAX);
  if (flags.followers !== undefined) wish.followers = readWhole(flags.followers, '--followers', 0, FOLLOWERS_MAX);
  if (flags.period !== undefined) wish.period = readWhole(flags.period, '--period', 1, PERIOD_SECONDS_MAX);
  if (flags.signerLimit !== undefined)
    wish.signerLimit = readWhole(flags.signerLimit, '--signer-limit', 1, AUTHORITIES_MAX);
  if (flags.seed === '') throw new NetworkError('usage', "--seed '': expected a text");
  if (flags.seed !== undefined) wish.seed = flags.seed;
  if (flags.genesis !== undefined) wish.genesisPath = flags.genesis;
  if (flags.fault !== undefined && flags.fault.length > 0) wish.faults = readFaults(flags.fault, '--fault');
  if (flags.tier !== undefined) wish.tier = readTierFlag(flags.tier);
  return wish;
}

function announce(output: Output, status: NetworkStatus, network: ProcessNetwork, tookMs: number): void {
  const nodes = status.nodes.map(({ name, rpc, signer }) => ({
    name,
    rpc,
    role: signer === null ? 'follower' : 'authority',
    signer,
  }));
  const chainId = Number(network.layout.network.genesis.config.chainId);
  output.result(
    {
      kind: 'ready',
      chainId,
      genesis: status.facts.genesisHash,
      control: network.control.url,
      seed: network.layout.network.plan.seed,
      tookMs,
      nodes,
      accounts: DEVELOPMENT_ACCOUNTS.map(({ address }) => address),
    },
    [
      `Lockstep: ${nodes.length} nodes up in ${(tookMs / 1_000).toFixed(1)} s, chain id ${chainId}, data in ${network.layout.dir}`,
      '',
      ...nodes.map(({ name, rpc, role }) => `  ${name.padEnd(4)} ${rpc}  ${role}`),
      '',
      `Development accounts, 10,000 ether each ("${DEVELOPMENT_MNEMONIC}"):`,
      ...DEVELOPMENT_ACCOUNTS.map(({ address, privateKey }, i) => `  ${i}  ${address}  ${privateKey}`),
      '',
      'In another terminal:',
      `  ${`${COMMAND} net partition n1,n3 / n2,n4,n5,f1`.padEnd(56)} cut the network in two`,
      `  ${`${COMMAND} net heal`.padEnd(56)} and put it together again`,
      `  ${COMMAND} tree | roots | send --to 0x… --value 1 | node kill n3`,
      '',
    ].join('\n'),
  );
}

async function followAsJson(output: Output, network: ProcessNetwork, stopped: Interruption): Promise<void> {
  const stopListening = network.control.log.listen((observation) => {
    const isNews =
      observation.kind !== 'event' || !['executed', 'transaction', 'agreement'].includes(observation.event.kind);
    if (isNews) output.result({ ...observation, kind: 'observation', what: observation.kind }, null);
  });
  await stopped.promise;
  stopListening();
  output.result({ kind: 'summary', stopped: 'interrupted' }, null);
}

/** Redraws in place on a terminal; where there is none, prints a line of heights now and then. */
async function followAsTable(status: NetworkStatus, network: ProcessNetwork, stopped: Interruption): Promise<void> {
  const nameOf = new Map<string, string>([...status.facts.signerOf].map(([name, signer]) => [signer, name]));
  const story: string[] = [];
  const tell = (line: string): void => {
    story.push(line);
    if (story.length > STORY_LINES) story.shift();
  };
  const stopListening = network.control.log.listen((observation) => {
    const line = storyLine(observation);
    if (line === null) return;
    tell(line);
    if (!process.stdout.isTTY) process.stdout.write(`${line}\n`);
  });
  const client = controlClient(network.control.url);
  let drawn = 0;
  let lastHeights = '';
  while (!stopped.isOver()) {
    const rows = await client
      .status()
      .then(askAll)
      .catch((error: unknown) => {
        tell(messageOf(error));
        return [];
      });
    if (process.stdout.isTTY) {
      const lines = drawTable({ rows, nameOf, story });
      const up = drawn === 0 ? '' : `\u001b[${drawn}A\r\u001b[J`;
      process.stdout.write(`${up}${lines.map((line) => clip(line, process.stdout.columns)).join('\n')}\n`);
      drawn = lines.length;
    } else {
      const heights = rows.map((row) => `${row.name}:${row.status?.height ?? '-'}`).join(' ');
      if (heights !== lastHeights) process.stdout.write(`${drawTable({ rows, nameOf, story: [] }).join('\n')}\n`);
      lastHeights = heights;
    }
    await Promise.race([stopped.promise, new Promise((done) => setTimeout(done, REFRESH_MS))]);
  }
  stopListening();
}

/** Cuts a line to the terminal's width: a wrapped line would break the redrawing. Colours end where the line does. */
function clip(line: string, columns: number | undefined): string {
  const limit = columns ?? 120;
  let visible = 0;
  let kept = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours are what is looked for
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b')) kept += part;
    else {
      kept += part.slice(0, Math.max(0, limit - visible));
      visible += part.length;
    }
  }
  return kept;
}
