// Makes a failing schedule small: whatever can be left out while the same property still breaks is left out (Zeller and Hildebrandt's
// delta debugging, over acts, nodes, load and time).

import { nodeNames } from '../cluster/description.ts';
import { cloneOf } from '../faults/planted.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Act, Schedule, TimedAct } from './schedule.ts';

export type Shrunk = { readonly schedule: Schedule; readonly tries: number };

/** Runs a schedule and says which properties it breaks. */
type Judge = (schedule: Schedule) => Promise<readonly string[]>;

/** Shrinks until nothing more can be left out, or that many schedules have been tried. The given one breaks the property. */
export async function shrink(
  schedule: Schedule,
  property: string,
  judge: Judge,
  { triesMax }: { readonly triesMax: number },
): Promise<Shrunk> {
  let smallest = schedule;
  let tries = 0;
  const fails = async (candidate: Schedule): Promise<boolean> => {
    if (tries >= triesMax) return false;
    tries += 1;
    if (!(await judge(candidate)).includes(property)) return false;
    smallest = candidate;
    return true;
  };

  for (let before: Schedule | null = null; before !== smallest && tries < triesMax; ) {
    before = smallest;
    await leaveOutActs(() => smallest, fails);
    for (const simplify of SIMPLIFICATIONS) {
      for (let candidate = simplify(smallest); candidate !== null; candidate = simplify(smallest))
        if (!(await fails(candidate))) break;
    }
    await leaveOutNodes(() => smallest, fails);
  }
  return { schedule: smallest, tries };
}

/** Halves, quarters, … single acts. */
async function leaveOutActs(current: () => Schedule, fails: (candidate: Schedule) => Promise<boolean>): Promise<void> {
  for (let size = current().timeline.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < current().timeline.length; ) {
      const { timeline } = current();
      const rest = [...timeline.slice(0, from), ...timeline.slice(from + size)];
      if (!(await fails({ ...current(), timeline: rest }))) from += size;
    }
  }
}

/** The last of the followers first, then the last of the authorities: the names of the others stay. */
async function leaveOutNodes(current: () => Schedule, fails: (candidate: Schedule) => Promise<boolean>): Promise<void> {
  for (const kind of ['followers', 'authorities'] as const) {
    for (;;) {
      const { network } = current();
      const candidate = network[kind] === (kind === 'authorities' ? 1 : 0) ? null : withoutLast(current(), kind);
      if (candidate === null || !(await fails(candidate))) break;
    }
  }
}

/** Each gives a simpler schedule, or null where there is none. They are tried again while they help. */
const SIMPLIFICATIONS: readonly ((schedule: Schedule) => Schedule | null)[] = [
  // Fewer seconds: behind the last act, then between the acts.
  (schedule) => {
    const lastMs = schedule.timeline.at(-1)?.atMs ?? 0;
    return lastMs < schedule.endMs ? { ...schedule, endMs: lastMs } : null;
  },
  (schedule) => {
    if (schedule.endMs < 1_000) return null;
    const halve = (ms: number): number => Math.floor(ms / 2);
    const timeline = schedule.timeline.map((act) => ({ ...act, atMs: halve(act.atMs) }));
    return { ...schedule, timeline, endMs: halve(schedule.endMs) };
  },
  // Fewer transactions.
  (schedule) => (schedule.load === null ? null : { ...schedule, load: null }),
  (schedule) => {
    const { load } = schedule;
    return load === null || load.everyMs >= schedule.endMs
      ? null
      : { ...schedule, load: { ...load, everyMs: load.everyMs * 2 } };
  },
  ({ load, ...schedule }) => (load?.of === undefined ? null : { ...schedule, load: { everyMs: load.everyMs } }),
  // Nothing unusual about the network.
  ({ network, ...schedule }) => {
    const [node] = Object.keys(network.faults);
    if (node === undefined) return null;
    return { ...schedule, network: { ...network, faults: without(network.faults, node) } };
  },
  ({ network, ...schedule }) =>
    network.late.length === 0 ? null : { ...schedule, network: { ...network, late: network.late.slice(1) } },
  ({ network, ...schedule }) =>
    network.signerLimit === null ? null : { ...schedule, network: { ...network, signerLimit: null } },
  ({ network, ...schedule }) => (network.epoch === null ? null : { ...schedule, network: { ...network, epoch: null } }),
  ({ network, ...schedule }) => (network.period === 1 ? null : { ...schedule, network: { ...network, period: 1 } }),
];

/** The network with one node less of that kind, and the acts that are left of it; null where a clone would lose its original. */
function withoutLast({ network, timeline, ...schedule }: Schedule, kind: 'followers' | 'authorities'): Schedule | null {
  const fewer = { ...network, [kind]: network[kind] - 1 };
  const nodes = nodeNames(fewer);
  const gone = nodeNames(network).find((node) => !nodes.includes(node));
  if (gone === undefined) return null;
  const faults = without(network.faults, gone);
  if (Object.values(faults).some((fault) => cloneOf(fault) === gone)) return null;
  const { signerLimit } = network;
  return {
    ...schedule,
    network: {
      ...fewer,
      signerLimit: signerLimit === null ? null : Math.min(signerLimit, fewer.authorities),
      faults,
      late: network.late.filter((node) => node !== gone),
    },
    timeline: timeline.flatMap((act) => withoutNode(act, gone)),
  };
}

function withoutNode(timed: TimedAct, gone: NodeName): readonly TimedAct[] {
  const { atMs, ...act } = timed;
  if (act.kind === 'network' && act.order.kind === 'partition') {
    const groups = act.order.groups
      .map((group) => group.filter((node) => node !== gone))
      .filter((group) => group.length > 0);
    return groups.length === 0 ? [] : [{ atMs, kind: 'network', order: { kind: 'partition', groups } }];
  }
  return namesOf(act).includes(gone) ? [] : [timed];
}

function namesOf(act: Act): readonly NodeName[] {
  if (act.kind === 'process' || act.kind === 'propose') return [act.node];
  const { order } = act;
  if (order.kind === 'link') return [order.from, order.to];
  return 'node' in order ? [order.node] : [];
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
