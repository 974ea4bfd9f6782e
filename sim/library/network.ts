// A network for other people's tests: what they cut, kill, send and wait for, in one object that ends with the test.

import { DEVELOPMENT_ACCOUNTS } from '../../node/config/keys.ts';
import { PROPERTIES } from '../check/properties.ts';
import type { CheckResult, Observation } from '../check/property.ts';
import type { Arm, Cluster } from '../cluster/cluster.ts';
import { NetworkError } from '../cluster/errors.ts';
import { createHeads, type Head } from '../cluster/heads.ts';
import { type RecoveryFigures, watchRecovery } from '../cluster/recovery.ts';
import type { Stage } from '../cluster/scenario.ts';
import { openStage } from '../cluster/stage.ts';
import type { NodeName } from '../kernel/links.ts';
import { makeReorganisation, type Reorganisation, type ReorgOptions } from './reorg.ts';

/** A funded account whose key is no secret. */
export type Account = { readonly address: `0x${string}`; readonly privateKey: `0x${string}` };

/** What EIP-1193 calls a provider: `custom(net.provider('n1'))` for viem, `new BrowserProvider(net.provider('n1'))` for ethers. */
export type Provider = {
  readonly request: (call: { readonly method: string; readonly params?: unknown }) => Promise<unknown>;
};

/** A node's head that left its branch. */
export type SeenReorganisation = {
  readonly node: NodeName;
  readonly depth: number;
  readonly atMs: number;
  /** From the old head downwards. */
  readonly undone: readonly Head[];
  /** Upwards to the new head. */
  readonly redone: readonly Head[];
};

/**
 * A network while it runs. Every wait has a deadline, of 20 periods and no less than 30 s (90 s on processes), and throws what was seen instead. On the virtual
 * arm time passes only in the waits of this object.
 */
export type Network = Omit<Stage, 'expect' | 'say' | 'seen'> &
  AsyncDisposable & {
    readonly arm: Arm;
    readonly chainId: number;
    /** Ten development accounts of 10,000 ether each. */
    readonly accounts: readonly Account[];
    /** The JSON-RPC address of a node, n1 where none is named. The virtual arm has none: there `provider` is the way. */
    readonly rpcUrl: (node?: NodeName) => string;
    /** All of them by node. */
    readonly rpcUrls: () => Readonly<Record<NodeName, string>>;
    /** JSON-RPC without a port, on either arm. */
    readonly provider: (node?: NodeName) => Provider;
    /** Where a node stands, as it told last; null while it does not run. */
    readonly head: (node: NodeName) => Head | null;
    /** Holds back everything that a node sends and receives, until the network is healed. */
    readonly stall: (node: NodeName) => Promise<void>;
    /** Makes a reorganisation of an exact depth, with these transactions on each branch. */
    readonly reorg: (options: ReorgOptions) => Promise<Reorganisation>;
    /** Every reorganisation of every node so far. */
    readonly reorganisations: () => readonly SeenReorganisation[];
    /** How the network came back to one chain so far. */
    readonly recovery: () => RecoveryFigures;
    /** What the properties of docs/properties.md say about everything so far. Ends their watching. */
    readonly properties: () => readonly CheckResult[];
    /** Everything observed so far. */
    readonly observations: () => readonly Observation[];
    /** Ends every process and removes what they kept. A second call does nothing. */
    readonly close: () => Promise<void>;
  };

/** Opens the network that a cluster is. It must not have begun: what happened before is not seen. */
export async function openNetwork(cluster: Cluster, say: (text: string) => void): Promise<Network> {
  const { facts } = cluster;
  const watchers = PROPERTIES.map((property) => ({ property, watcher: property.watch(facts), early: [] as string[] }));
  const recovery = watchRecovery(facts);
  const heads = createHeads();
  cluster.observe((observation) => {
    heads.observe(observation);
    recovery.observe(observation);
    for (const { watcher, early } of watchers)
      early.push(...watcher.observe(observation).map(({ evidence }) => evidence));
  });
  const { checks: _, close: closeStage, expect: __, say: ___, seen, ...stage } = openStage(cluster, say);
  let judged: readonly CheckResult[] | null = null;
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= Promise.resolve().then(closeStage).finally(cluster.close); // no process is left, whatever the stage says
    return closing;
  };
  const expectNode = (node: NodeName): NodeName => {
    if (facts.nodes.includes(node)) return node;
    throw new NetworkError('nothing-matched', `no node '${node}' in this network (it has ${facts.nodes.join(', ')})`);
  };
  const rpcUrl = (node: NodeName = 'n1'): string => {
    const url = cluster.rpcUrl(expectNode(node));
    if (url !== null) return url;
    throw new NetworkError('unsupported', `${node} has no port on the virtual arm: use provider('${node}')`);
  };

  return {
    ...stage,
    arm: cluster.arm,
    chainId: Number(await cluster.rpc('n1', 'eth_chainId', [])),
    accounts: DEVELOPMENT_ACCOUNTS,
    rpcUrl,
    rpcUrls: () => Object.fromEntries(facts.nodes.map((node) => [node, rpcUrl(node)])),
    provider: (node = 'n1') => {
      expectNode(node);
      return {
        request: ({ method, params }) => cluster.rpc(node, method, Array.isArray(params) ? params : []),
      };
    },
    head: (node) => heads.of(expectNode(node)),
    stall: (node) => cluster.network({ kind: 'node', node, state: 'stalled' }),
    reorg: (options) => makeReorganisation(cluster, { ...stage, seen }, options),
    reorganisations: () =>
      seen().flatMap((o): SeenReorganisation[] => {
        if (o.kind !== 'event' || o.event.kind !== 'head' || o.event.undone.length === 0) return [];
        const { undone, redone } = o.event;
        return [{ node: o.node, depth: undone.length, atMs: o.atMs, undone, redone }];
      }),
    recovery: recovery.figures,
    properties() {
      judged ??= watchers.map(({ property, watcher, early }) => {
        const { violations, evidence } = watcher.finish();
        const [first] = [...early, ...violations.map((violation) => violation.evidence)];
        return { id: property.id, passed: first === undefined, evidence: first ?? evidence };
      });
      return judged;
    },
    observations: seen,
    close,
    [Symbol.asyncDispose]: close,
  };
}
