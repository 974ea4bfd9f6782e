// The stage that a scenario plays on, over any cluster: it follows the nodes' events, waits for conditions with deadlines, and states
// what was expected.

import { type Hex, hexToBytes, isHex } from '../../node/lib/bytes.ts';
import type { CheckResult, Observation } from '../check/property.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Cluster } from './cluster.ts';
import { createHeads } from './heads.ts';
import { type PinnedBlock, ScenarioFailure, type Stage } from './scenario.ts';
import { accountOf, type Draft, ORDINARY_FEES, signDraft, TRANSFER_GAS } from './wallet.ts';

/** A stage, and what the runner reads from it. */
export type OpenStage = Stage & { readonly checks: () => readonly CheckResult[]; readonly close: () => void };

/** A wait's deadline: so many periods, and never less than this, so that a machine that does other things too is no failure. */
const PATIENCE_PERIODS = 20;
const PATIENCE_MS_MIN = { virtual: 30_000, processes: 90_000, compose: 90_000 } as const;

/** Opens a stage over a cluster. `say` gets the lines of the story. */
export function openStage(cluster: Cluster, say: (text: string) => void): OpenStage {
  const { facts } = cluster;
  const heads = createHeads();
  const seen: Observation[] = [];
  const checks: CheckResult[] = [];
  const close = cluster.observe((observation) => {
    seen.push(observation);
    heads.observe(observation);
  });

  const running = (): readonly NodeName[] => facts.nodes.filter(cluster.isRunning);
  const standing = (nodes: readonly NodeName[]): string =>
    nodes.map((node) => `${node} at ${heads.of(node)?.number ?? 'nothing'}`).join(', ');

  const wait = async (what: string, periods: number, condition: () => boolean | Promise<boolean>): Promise<void> => {
    const deadlineMs = Math.max(PATIENCE_MS_MIN[cluster.arm], (periods + PATIENCE_PERIODS) * facts.periodMs);
    if (await cluster.until(condition, deadlineMs)) return;
    throw new ScenarioFailure(`waited ${deadlineMs / 1_000} s for ${what}; ${standing(facts.nodes)}`, 'deadline');
  };

  const reach = (number: number, nodes: readonly NodeName[]): Promise<void> =>
    wait(`height ${number} on ${nodes.join(', ')}`, number - heads.highest(), () =>
      nodes.every((node) => (heads.of(node)?.number ?? -1) >= number),
    );

  const submit = async (via: NodeName, draft: Draft): Promise<string> => {
    const { raw, hash } = signDraft(draft);
    await cluster.rpc(via, 'eth_sendRawTransaction', [raw]);
    const sender = accountOf(draft.from).address;
    cluster.note({ kind: 'submitted', atMs: cluster.nowMs(), node: via, hash, sender, nonce: String(draft.nonce) });
    return hash;
  };
  const nonceOf = async (via: NodeName, account: number): Promise<bigint> =>
    BigInt(String(await cluster.rpc(via, 'eth_getTransactionCount', [accountOf(account).address, 'pending'])));
  const chainId = async (via: NodeName): Promise<bigint> => BigInt(String(await cluster.rpc(via, 'eth_chainId', [])));

  /** Whom a wait is about. To wait for nobody would hold at once and say nothing. */
  const expectRunning = (nodes: readonly NodeName[] | undefined): readonly NodeName[] => {
    const among = nodes ?? running();
    if (among.length === 0) throw new ScenarioFailure(nodes === undefined ? 'no node runs' : 'a wait for no nodes');
    return among;
  };

  return {
    nodes: facts.nodes,
    authorities: facts.authorities,
    periodMs: facts.periodMs,
    height: async (number, nodes) => reach(number, expectRunning(nodes)),
    blocks: async (count, nodes) => {
      const among = expectRunning(nodes);
      return reach(Math.max(0, ...among.map((node) => heads.of(node)?.number ?? 0)) + count, among);
    },
    running,
    nonce: nonceOf,
    async pass(ms) {
      const endMs = cluster.nowMs() + ms;
      await cluster.until(() => cluster.nowMs() >= endMs, ms);
    },
    nowMs: cluster.nowMs,
    network: cluster.network,
    partition: (...groups) => cluster.network({ kind: 'partition', groups }),
    heal: () => cluster.network({ kind: 'heal' }),
    link: (from, to, words) => cluster.network({ kind: 'link', from, to, direction: 'both', shape: words }),
    linkOneWay: (from, to, words) => cluster.network({ kind: 'link', from, to, direction: 'one-way', shape: words }),
    machine: cluster.machine,
    propose: cluster.propose,
    kill: (node) => cluster.process(node, 'kill'),
    stop: (node) => cluster.process(node, 'stop'),
    start: (node) => cluster.process(node, 'start'),
    wipe: (node) => cluster.process(node, 'wipe'),
    pause: (node) => cluster.process(node, 'pause'),
    resume: (node) => cluster.process(node, 'resume'),

    async transfer(via, { from = 0, to = 1, wei = 1n, nonce } = {}) {
      return submit(via, {
        chainId: await chainId(via),
        from,
        to: accountOf(to).address,
        wei,
        nonce: nonce ?? (await nonceOf(via, from)),
        gas: TRANSFER_GAS,
        ...ORDINARY_FEES,
      });
    },
    async transact(via, { from = 0, to, data, gas, wei = 0n }) {
      if (!isHex(data)) throw new ScenarioFailure(`data is not hex: ${data}`);
      return submit(via, {
        chainId: await chainId(via),
        from,
        to: to as Hex | null, // the node decodes and checks it
        wei,
        nonce: await nonceOf(via, from),
        gas,
        data: hexToBytes(data),
        ...ORDINARY_FEES,
      });
    },

    async mined(hash, nodes) {
      const among = expectRunning(nodes);
      let block: PinnedBlock | null = null;
      await wait(`${hash} to be mined on ${among.join(', ')}`, 0, async () => {
        for (const node of among) {
          const receipt = asRecord(await cluster.rpc(node, 'eth_getTransactionReceipt', [hash]));
          if (receipt === null) return false;
          block ??= await pinnedBlock(cluster, node, Number(receipt['blockNumber']));
        }
        return true;
      });
      if (block === null) throw new ScenarioFailure('mined() on no nodes');
      return block;
    },

    async event(what, test) {
      let found: Observation | undefined;
      await wait(what, 0, () => {
        found = seen.find(test);
        return found !== undefined;
      });
      if (found === undefined) throw new ScenarioFailure(`never seen: ${what}`);
      return found;
    },

    async agreement(nodes, height) {
      const among = expectRunning(nodes);
      let agreed: PinnedBlock | null = null;
      let last = '';
      await wait(`agreement of ${among.join(', ')}`, height ?? 0, async () => {
        const lowest = Math.min(...among.map((node) => heads.of(node)?.number ?? -1));
        const at = height ?? lowest;
        if (at < 0 || lowest < at) return false;
        const blocks = await Promise.all(among.map((node) => pinnedBlock(cluster, node, at)));
        const [first] = blocks;
        last = blocks.map((block, i) => `${among[i]} ${block?.hash.slice(0, 10)}`).join(', ');
        if (first === undefined || first === null) return false;
        if (!blocks.every((block) => block?.hash === first.hash && block.stateRoot === first.stateRoot)) return false;
        agreed = first;
        return true;
      });
      if (agreed === null) throw new ScenarioFailure(`no agreement: ${last}`);
      return agreed;
    },

    rpc: (node, method, ...params) => cluster.rpc(node, method, params),
    seen: () => seen,
    expect(id, holds, evidence) {
      checks.push({ id, passed: holds, evidence });
      if (!holds) throw new ScenarioFailure(`${id}: ${evidence}`);
    },
    say,
    checks: () => checks,
    close,
  };
}

/** A node's canonical block at a height, with the root that the node computed itself; null where it has none. */
export async function pinnedBlock(cluster: Cluster, node: NodeName, number: number): Promise<PinnedBlock | null> {
  const answer = await cluster.rpc(node, 'lockstep_stateRoots', [number, number]).catch(() => null);
  const row = Array.isArray(answer) ? asRecord(answer[0]) : null;
  const own = asRecord(row?.['own']);
  if (row === null || own === null) return null;
  return { number, hash: String(row['hash']), stateRoot: String(own['stateRoot']) };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null ? { ...value } : null;
}
