// What an arm cannot do, in one clear line each: the fault by its number in docs/faults.md, the arm, and why.

import type { NetworkOrder } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';
import type { Arm } from './cluster.ts';

/** Why an order is refused on an arm; null where it is not. */
export function refusalOf(order: NetworkOrder | MachineOrder, arm: Arm): string | null {
  if (arm === 'virtual') return null;
  const why = whyNot(order);
  return why === null ? null : `${why}; run it with --on virtual, not on ${arm}`;
}

/** Why no network of real processes can do it. */
function whyNot(order: NetworkOrder | MachineOrder): string | null {
  if (order.kind === 'link') {
    const { duplicatePercent = 0, reorderPercent = 0 } = order.shape;
    if (duplicatePercent > 0) return 'F8 (messages that come twice): real nodes talk over TCP, which delivers once';
    if (reorderPercent > 0) return 'F9 (messages out of order): real nodes talk over TCP, which delivers in order';
  }
  if (order.kind === 'disk' && order.fault === 'bit-flip')
    return 'F23 (a flipped bit): LevelDB’s files bear checksums, a flip in them is a damaged file and no wrong value';
  return null;
}
