// `lockstep explain` on real processes: every faulty machine of sim/faults in a follower of its own, each fallen into its own trap. Whoever
// else differs, each is explained to its block, transaction, slot, opcode and line; then once more from a bundle and from the recording.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { callRpc } from '../../sim/cluster/remote.ts';
import { ORDINARY_FEES, signDraft } from '../../sim/cluster/wallet.ts';
import type { Explanation } from '../../sim/explain/explanation.ts';
import { EXPECTED, PROBE } from '../sim/explain/probe.ts';
import { type Ended, eventually, interrupt, newFolder, run, summary, type Up, up } from './lockstep.ts';

const AUTHORITIES = ['n1', 'n2', 'n3'];
const FAULTS = Object.keys(EXPECTED);
const nodeOf = (fault: string): string => `f${FAULTS.indexOf(fault) + 1}`;

const cleanings: (() => void)[] = [];
const folderOf = (): string => newFolder((clean) => cleanings.push(clean));

let network: Up | null = null;
let data: string;
let recording: string;
let contract: Hex;
/** The block and the transaction in which each fault shows. */
const traps = new Map<string, { readonly block: number; readonly hash: string }>();

const command = async (...args: readonly string[]): Promise<Ended> => run(...args, '--data', data, '--json');
type Mined = { readonly block: number; readonly hash: string; readonly contract: string };
let nonce = 0n;

/** Sends and waits, however busy the machine is: a node that does not answer in time is asked again. */
async function send(to: Hex | null, data: Hex): Promise<Mined> {
  const draft = { chainId: 1337n, from: 0, to, wei: 0n, nonce, gas: 1_000_000, data: hexToBytes(data) };
  const { raw, hash } = signDraft({ ...draft, ...ORDINARY_FEES });
  nonce += 1n;
  const ask = (method: string, ...params: readonly unknown[]) => callRpc(network!.rpc('n1'), method, params);
  await eventually(`${hash} to be accepted`, () => ask('eth_sendRawTransaction', raw).catch(unlessKnown));
  const asked = (): Promise<unknown> => ask('eth_getTransactionReceipt', hash);
  const receipt = (await eventually(`${hash} to be mined`, asked)) as Readonly<Record<string, unknown>>;
  return { hash, block: Number(receipt['blockNumber']), contract: String(receipt['contractAddress']) };
}

function unlessKnown(error: unknown): true {
  if (/already known|nonce too low/.test(String(error))) return true;
  throw error;
}

const explanationIn = ({ lines }: Ended): Explanation =>
  lines.find(({ kind }) => kind === 'explanation') as unknown as Explanation;
const heightOf = async (node: string): Promise<number> =>
  Number(await callRpc(network!.rpc(node), 'eth_blockNumber', []));

/** What each fault's explanation must say, wherever it comes from. */
function expectRight(found: Explanation, fault: string): void {
  const { opcode, slot, line } = EXPECTED[fault]!;
  const trap = traps.get(fault)!;
  expect(found.culprits).toEqual([nodeOf(fault)]);
  // A busy network may have forked: then the transaction stood in a block before this one, too.
  expect(found.block.number).toBeLessThanOrEqual(trap.block);
  expect(found.block.number).toBeGreaterThan(trap.block - 4);
  expect(found.part?.transaction?.hash).toBe(trap.hash);
  if (found.step?.kind !== 'parted') throw new Error(`no step: ${found.step?.kind}`);
  expect(found.step.step).toMatchObject({ opName: opcode, address: contract });
  expect(found.step.step.source?.text).toMatch(line);
  const slots = found.state?.accounts.flatMap((account) => account.slots) ?? [];
  expect(slots.map((one) => Number(one.slot))).toEqual(slot === null ? [] : [slot]);
  expect(found.referee).toMatchObject({ agrees: AUTHORITIES });
}

beforeAll(async () => {
  data = folderOf();
  recording = join(data, 'kept');
  const faults = FAULTS.flatMap((fault) => ['--fault', `${nodeOf(fault)}=${fault}`]);
  const size = ['--nodes', '3', '--followers', String(FAULTS.length), '--period', '2'];
  network = await up(data, ...size, ...faults, '--record', recording);
  await command('node', 'slow', 'n3', '300ms');
  contract = (await send(null, PROBE.creation)).contract as Hex;
  // Its SSTORE is dearer from the first one on, so its trap is a call of its own, before all others.
  const order = [...FAULTS].sort((a, b) => Number(b.startsWith('sstore')) - Number(a.startsWith('sstore')));
  for (const fault of order) {
    traps.set(fault, await send(contract, EXPECTED[fault]!.data));
  }
  const last = Math.max(...[...traps.values()].map(({ block }) => block));
  await eventually(
    'the authorities to go on',
    async () => (await heightOf('n2')) > last && (await heightOf('n1')) > last,
  );
}, 400_000);

afterAll(async () => {
  if (network !== null) await interrupt(network);
  for (const clean of cleanings) clean();
});

describe('on processes', { timeout: 400_000 }, () => {
  test.each(FAULTS)('%s is explained to the block, transaction, slot, opcode and line', async (fault) => {
    const out = join(data, `${fault}.json`);
    const ended = await command('explain', '--nodes', [...AUTHORITIES, nodeOf(fault)].join(), '--out', out);
    expect([ended.stderr, ended.status]).toEqual(['', 101]);
    expectRight(explanationIn(ended), fault);
    expect(summary(ended)).toMatchObject({ divergence: true, culprits: [nodeOf(fault)], bundle: out });
    expect(existsSync(out)).toBe(true);
  });

  test('the first of all divergences is told where all nodes are asked, and the clock’s machine is said not to repeat itself', async () => {
    const all = explanationIn(await command('explain', '--no-bundle'));
    expect(all.block.number).toBeLessThanOrEqual(Math.min(...[...traps.values()].map(({ block }) => block)));
    const clock = await command('explain', '--no-bundle', '--nodes', `n1,n2,${nodeOf('randao-reads-the-clock')}`);
    expect(explanationIn(clock).step).toMatchObject({ kept: [false, true] });
  });

  test('those whose machines are right have no divergence, however slow', async () => {
    const ended = await command('explain', '--nodes', AUTHORITIES.join());
    expect([ended.stderr, ended.status]).toEqual(['', 0]);
    expect(summary(ended)).toMatchObject({ divergence: false, passed: true });
  });

  test.each([
    ['a node that is not there', ['--nodes', 'n1,n9'], /no node 'n9' in this network/, 4],
    ['one node alone', ['--nodes', 'n1'], /1 node to compare: a difference takes two/, 4],
    ['a folder that is not there', ['--out', '/no/such/folder/b.json'], /no folder \/no\/such\/folder/, 2],
    ['sources that are none', ['--sources', 'package.json'], /--sources package.json: expected a list of contracts/, 2],
  ])('%s is refused in one line', async (_, flags, line, status) => {
    const ended = await command('explain', ...flags);
    expect(ended.stderr).toMatch(line);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(ended.status).toBe(status);
  });
});

describe('without the network', { timeout: 400_000 }, () => {
  beforeAll(async () => {
    if (network !== null) await interrupt(network);
    network = null;
  }, 60_000);

  test.each(
    FAULTS,
  )('the bundle of %s says the same, and a fresh machine takes the correct node’s steps', async (fault) => {
    const file = join(data, `${fault}.json`);
    const ended = await run('explain', file, '--json');
    expect([ended.stderr, ended.status]).toEqual(['', 101]);
    expectRight(explanationIn(ended), fault);
    expect(ended.lines).toContainEqual({ kind: 'replay', sameSteps: ['n1'] });
    expect(readFileSync(file).length).toBeLessThan(1_000_000);
  });

  test.each(['sdiv-rounds-down', 'randao-reads-the-clock'])('the recording explains %s', async (fault) => {
    const ended = await run(
      'explain',
      recording,
      '--json',
      '--no-bundle',
      '--nodes',
      [...AUTHORITIES, nodeOf(fault)].join(),
    );
    expect([ended.stderr, ended.status]).toEqual(['', 101]);
    expectRight(explanationIn(ended), fault);
  });
});
