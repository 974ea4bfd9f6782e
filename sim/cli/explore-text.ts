// What `lockstep explore` prints for people: a schedule in lines, a violation, the line that repeats it.

import { describeShape } from '../cluster/story.ts';
import type { Drawn } from '../explore/draw.ts';
import type { Schedule, TimedAct } from '../explore/schedule.ts';

/** A schedule with everything that it says. */
export function scheduleLines({ network, load, timeline, endMs, seed }: Schedule): readonly string[] {
  const { authorities, followers, period, signerLimit, epoch, faults, late } = network;
  const planted = Object.entries(faults).map(([node, fault]) => `${node} is ${fault}`);
  return [
    [
      `${seed}: ${authorities} ${authorities === 1 ? 'authority' : 'authorities'}, ${counted(followers, 'follower')}, a block every ${period} s`,
      signerLimit === null ? '' : `signer limit ${signerLimit}`,
      epoch === null ? '' : `a checkpoint every ${epoch} blocks`,
      load === null ? 'no load' : `a ${load.of === 'programs' ? 'program' : 'transfer'} every ${load.everyMs} ms`,
      ...planted,
      late.length === 0 ? '' : `${late.join(', ')} late`,
    ]
      .filter((word) => word !== '')
      .join(', '),
    ...timeline.map((act) => `  ${seconds(act.atMs)}  ${actText(act)}`),
    `  ${seconds(endMs)}  heal, repair, start everybody; stop the load; compare`,
  ];
}

/** What was drawn beside the schedule. */
export function drawnLine({ weights, latency }: Drawn): string {
  const kinds = Object.entries(weights).map(([kind, weight]) => `${kind} ${weight}`);
  return `  latency ${latency}; weights: ${kinds.length === 0 ? 'no faults' : kinds.join(', ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3).padStart(8)} s`;
}

function actText(act: TimedAct): string {
  switch (act.kind) {
    case 'process':
      return `${act.order} ${act.node}`;
    case 'propose':
      return `${act.node} votes to ${act.authorize ? 'add' : 'drop'} ${act.candidate}`;
    case 'machine': {
      const { kind, ...rest } = act.order;
      return kind === 'repair' ? 'repair' : `${kind} ${Object.values(rest).join(' ')}`;
    }
    case 'network': {
      const { order } = act;
      if (order.kind === 'heal') return 'heal';
      if (order.kind === 'partition') return `partition ${order.groups.map((group) => group.join(',')).join(' / ')}`;
      if (order.kind === 'node') return `everything of ${order.node} ${order.state}`;
      const arrow = order.direction === 'both' ? '<>' : '>';
      return `link ${order.from} ${arrow} ${order.to} ${describeShape(order.shape)}`;
    }
  }
}

/** So many of a thing, as people read it: 1 seed, 12,345 seeds. */
export function counted(count: number, what: string): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${what}${count === 1 ? '' : 's'}`;
}
