// The commands that make the machine of a running node ail: its clock, its disk, its speed. The words are those of scenarios.

import { NetworkError } from '../cluster/errors.ts';
import { describeMachineOrder } from '../cluster/story.ts';
import type { NodeName } from '../kernel/links.ts';
import { DISK_FAULTS, type MachineOrder } from '../kernel/machine-order.ts';
import type { ActFlags } from './act.ts';
import { EXIT } from './exit.ts';
import { findNetwork } from './find-network.ts';
import { createOutput } from './output.ts';
import { readDuration } from './words.ts';

export type ClockFlags = ActFlags & { readonly behind?: boolean };

export function setClock(node: NodeName, offset: string, flags: ClockFlags): Promise<number> {
  const ms = readDuration(offset, 'offset');
  return ail({ kind: 'clock', node, offsetMs: flags.behind === true ? -ms : ms }, flags);
}

export function spoilDisk(node: NodeName, text: string, flags: ActFlags): Promise<number> {
  const fault = DISK_FAULTS.find((name) => name === text);
  if (fault === undefined)
    throw new NetworkError('usage', `node disk '${text}': expected one of ${DISK_FAULTS.join(', ')}`);
  return ail({ kind: 'disk', node, fault }, flags);
}

export function slowDisk(node: NodeName, delay: string, flags: ActFlags): Promise<number> {
  return ail({ kind: 'sync', node, delayMs: readDuration(delay, 'delay') }, flags);
}

export function slowDown(node: NodeName, perBlock: string, flags: ActFlags): Promise<number> {
  return ail({ kind: 'slow', node, msPerBlock: readDuration(perBlock, 'time') }, flags);
}

export function freezeNode(node: NodeName, time: string, flags: ActFlags): Promise<number> {
  return ail({ kind: 'freeze', node, ms: readDuration(time, 'time') }, flags);
}

/** Clock, disk and speed of every node are in order again. */
export function repair(flags: ActFlags): Promise<number> {
  return ail({ kind: 'repair' }, flags);
}

async function ail(order: MachineOrder, flags: ActFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  await client.machine(order);
  const words =
    order.kind === 'repair'
      ? 'every clock, disk and speed is in order'
      : `${order.node} ${describeMachineOrder(order)}`;
  output.result({ kind: 'summary', order, passed: true }, words);
  return EXIT.fine;
}
