// The words for what happens to the machine that a node runs on: its clock, its disk, its speed. One vocabulary for scenarios, which say
// it, and for exploration, which draws it.

import type { NodeName } from './links.ts';

export type DiskFault =
  /** The next write fails: the process ends, as the contract has it. */
  | 'write-error'
  /** Every write fails until the disk is `well` again. */
  | 'full'
  /** The last batch that was reported durable is gone when the node starts again: the disk lied. */
  | 'lost-tail'
  /** Half of the last batch is gone when the node starts again: what no journal of a database lets through. */
  | 'torn-tail'
  /** One bit of a value, drawn from the seed, is another one from now on. */
  | 'bit-flip'
  /** No fault from now on; what is damaged stays so. */
  | 'well';

export type MachineOrder =
  /** The node's clock differs from the network's time by so much from now on, milliseconds. It never steps back: it waits. */
  | { readonly kind: 'clock'; readonly node: NodeName; readonly offsetMs: number }
  | { readonly kind: 'disk'; readonly node: NodeName; readonly fault: DiskFault }
  /** A batch is durable so much later, milliseconds; nothing behind it happens before. Who is killed meanwhile may have lost it. */
  | { readonly kind: 'sync'; readonly node: NodeName; readonly delayMs: number }
  /** The node needs so much longer for every block that it executes, milliseconds. */
  | { readonly kind: 'slow'; readonly node: NodeName; readonly msPerBlock: number }
  /** At its next step the node does nothing for so long, milliseconds, while inputs pile up: an event loop that is held up. */
  | { readonly kind: 'freeze'; readonly node: NodeName; readonly ms: number }
  /** Clock, disk and speed of every node are in order from now on. */
  | { readonly kind: 'repair' };

/** Every disk fault. */
export const DISK_FAULTS: readonly DiskFault[] = ['write-error', 'full', 'lost-tail', 'torn-tail', 'bit-flip', 'well'];

/** Disk faults after which a store is not what its node wrote: its signer counts as byzantine, as one whose store was wiped. */
export const DAMAGING: readonly DiskFault[] = ['lost-tail', 'torn-tail', 'bit-flip'];

/** One clear line on what is wrong with an order for these nodes, or null. */
export function checkMachineOrder(order: MachineOrder, nodes: readonly NodeName[]): string | null {
  if (order.kind === 'repair') return null;
  return nodes.includes(order.node) ? null : `no node '${order.node}' in this network (it has ${nodes.join(', ')})`;
}
