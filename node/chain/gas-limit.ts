// How a block's gas limit may differ from its parent's (Yellow Paper, equations 45 to 47).

import { divideBigint } from '../lib/integer.ts';
import { GAS_LIMIT_MAX, toWide, type Wide } from '../lib/wide.ts';

/** No block's gas limit is lower. */
export const GAS_LIMIT_MIN = 5000;

const BOUND_DIVISOR = 1024n;

/** The lowest and the highest gas limit of a child, both included. */
export function gasLimitBounds(parentGasLimit: Wide): { readonly lowest: Wide; readonly highest: Wide } {
  const parent = BigInt(parentGasLimit);
  const quotient = divideBigint(parent, BOUND_DIVISOR);
  const step = quotient > 0n ? quotient - 1n : 0n;
  const [lowest, highest] = [parent - step, parent + step];
  return {
    lowest: lowest > GAS_LIMIT_MIN ? toWide(lowest) : GAS_LIMIT_MIN,
    highest: highest > GAS_LIMIT_MAX ? GAS_LIMIT_MAX : toWide(highest),
  };
}

/** The gas limit of a child that moves as far towards the target as it may. */
export function nextGasLimit(parentGasLimit: Wide, target: Wide): Wide {
  const { lowest, highest } = gasLimitBounds(parentGasLimit);
  return target < lowest ? lowest : target > highest ? highest : target;
}
