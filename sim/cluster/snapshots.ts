// Saves a running network of processes and takes it back there: stores, links, machines, and who ran. All nodes are paused while their
// stores are copied, so that what is saved is one moment of the whole network, as if everybody had been killed at once.

import { linkShape, type NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';
import type { Wan } from '../wan/wan.ts';
import type { ProcessOrder } from './cluster.ts';
import { NetworkError } from './errors.ts';
import type { Heads } from './heads.ts';
import type { Launcher } from './launcher.ts';
import type { NewSnapshot, SnapshotFacts, SnapshotFolder, SnapshotListing } from './snapshot-folder.ts';

export type SnapshotOrder =
  | { readonly order: 'save'; readonly name: string }
  | {
      readonly order: 'restore';
      readonly name: string;
      /** Whether what is there now becomes a snapshot itself, `before-NAME`, or is thrown away. */
      readonly present: 'keep' | 'discard';
      /** The clock that the nodes go on with: the wall's, or as if no time had passed since the snapshot was saved. */
      readonly clock: 'wall' | 'saved';
    }
  | { readonly order: 'remove'; readonly name: string };

/** What an order has done. */
export type SnapshotOutcome = {
  readonly snapshot: SnapshotFacts;
  /** After a restore: the snapshot that what was there before has become, and how far the nodes' clocks were moved. */
  readonly replaced: string | null;
  readonly clockOffsetMs: number;
};

export type Snapshots = {
  readonly list: () => Promise<readonly SnapshotListing[]>;
  readonly perform: (order: SnapshotOrder) => Promise<SnapshotOutcome>;
  /** Null, or what is being done: nobody else may start, stop or pause a node meanwhile. */
  readonly busyWith: () => string | null;
};

export type SnapshotParts = {
  readonly folder: SnapshotFolder;
  readonly genesis: string;
  readonly nodes: readonly NodeName[];
  readonly wan: Wan;
  readonly launcher: Launcher;
  readonly heads: Heads;
  /** Orders about processes and the network that are told to whoever watches. */
  readonly process: (node: NodeName, order: ProcessOrder) => Promise<void>;
  readonly network: (order: Parameters<Wan['order']>[0]) => void;
  readonly machine: (order: MachineOrder) => Promise<void>;
  /** The orders that say what is wrong with the machines now. */
  readonly machines: () => readonly MachineOrder[];
  /** Tells watchers that a node has another store now. */
  readonly replaced: (node: NodeName, snapshot: string) => void;
};

/** Creates what a control service needs for its network's snapshots. */
export function createSnapshots(parts: SnapshotParts): Snapshots {
  const { folder, genesis, nodes, wan, launcher, heads } = parts;
  const now: { busyWith: string | null; isHalfway: boolean } = { busyWith: null, isHalfway: false };

  const factsNow = (name: string): NewSnapshot => {
    const table = wan.table();
    const pairs = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
    return {
      name,
      savedMs: Date.now(),
      genesis,
      nodes: nodes.map((node) => ({
        name: node,
        running: launcher.isRunning(node),
        paused: launcher.isPaused(node),
        head: heads.of(node),
      })),
      links: pairs
        .filter(({ from, to }) => table.has(`${from}>${to}`))
        .map(({ from, to }) => ({ from, to, shape: { ...linkShape(table, from, to) } })),
      machines: [...parts.machines()],
    };
  };

  const save = async (name: string): Promise<SnapshotOutcome> => {
    await folder.expectFree(name);
    const facts = factsNow(name);
    const awake = facts.nodes.filter(({ running, paused }) => running && !paused).map((node) => node.name);
    try {
      await Promise.all(awake.map((node) => parts.process(node, 'pause')));
      await folder.copy(facts);
    } finally {
      for (const node of awake) if (launcher.isPaused(node)) await parts.process(node, 'resume');
    }
    return { snapshot: await folder.read(name), replaced: null, clockOffsetMs: 0 };
  };

  const restore = async (
    name: string,
    present: 'keep' | 'discard',
    clock: 'wall' | 'saved',
  ): Promise<SnapshotOutcome> => {
    const snapshot = await folder.read(name);
    const names = snapshot.nodes.map((node) => node.name);
    if (snapshot.genesis !== genesis || names.join() !== nodes.join()) {
      throw new NetworkError('data-folder', `snapshot '${name}' is of another network (genesis ${snapshot.genesis})`);
    }
    await folder.stage(snapshot);
    const replaced = factsNow(await folder.freeName(name));
    for (const node of nodes) if (launcher.isRunning(node)) await parts.process(node, 'stop');
    await folder.exchange(replaced, () => {
      now.isHalfway = true; // until it is through, no node may start on a store that is about to be moved
    });
    now.isHalfway = false;
    if (present === 'discard') await folder.remove(replaced.name);
    for (const node of nodes) parts.replaced(node, name);

    parts.network({ kind: 'heal' });
    for (const { from, to, shape } of snapshot.links) {
      parts.network({ kind: 'link', from, to, direction: 'one-way', shape });
    }
    const clockOffsetMs = anchor(snapshot, clock);
    await parts.machine({ kind: 'repair' });
    for (const order of machinesAt(snapshot, nodes, clockOffsetMs)) await parts.machine(order);
    const running = snapshot.nodes.filter((node) => node.running);
    await Promise.all(running.map((node) => parts.process(node.name, 'start')));
    for (const node of running) if (node.paused) await parts.process(node.name, 'pause');
    return { snapshot, replaced: present === 'keep' ? replaced.name : null, clockOffsetMs };
  };

  const remove = async (name: string): Promise<SnapshotOutcome> => {
    const snapshot = await folder.read(name);
    await folder.remove(name);
    return { snapshot, replaced: null, clockOffsetMs: 0 };
  };
  const obey = (order: SnapshotOrder): Promise<SnapshotOutcome> => {
    switch (order.order) {
      case 'save':
        return save(order.name);
      case 'restore':
        return restore(order.name, order.present, order.clock);
      case 'remove':
        return remove(order.name);
    }
  };

  return {
    list: folder.list,
    async perform(order) {
      if (now.busyWith !== null) throw new NetworkError('already-running', `the network ${now.busyWith}`);
      now.busyWith = `${order.order}s the snapshot '${order.name}'`;
      try {
        return await obey(order);
      } finally {
        now.busyWith = now.isHalfway ? 'stands between two snapshots, end it and start it again' : null;
      }
    },
    busyWith: () => now.busyWith,
  };
}

/**
 * How far the nodes' clocks are moved. The wall clock needs nothing: the next block takes the present time, however long ago its parent was.
 * A wall clock that is behind the snapshot (it was set back, or another machine saved it) would leave the network waiting for its own past.
 */
function anchor({ savedMs }: SnapshotFacts, clock: 'wall' | 'saved'): number {
  const offsetMs = savedMs - Date.now();
  return clock === 'saved' || offsetMs > 0 ? offsetMs : 0;
}

/** What was wrong with the machines, with every clock moved. */
function machinesAt({ machines }: SnapshotFacts, nodes: readonly NodeName[], moveMs: number): readonly MachineOrder[] {
  const others = machines.filter((order) => order.kind !== 'clock');
  const clocks = nodes.map((node): MachineOrder => {
    const own = machines.findLast((order) => order.kind === 'clock' && order.node === node);
    return { kind: 'clock', node, offsetMs: moveMs + (own?.kind === 'clock' ? own.offsetMs : 0) };
  });
  return [...others, ...clocks.filter((order) => order.kind === 'clock' && order.offsetMs !== 0)];
}
