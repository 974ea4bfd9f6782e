// How a block's gas limit may differ from its parent's (Yellow Paper, equations 45 to 47).

import { divide } from '../lib/integer.ts';

/** No block's gas limit is lower. */
export const GAS_LIMIT_MIN = 5000;

const BOUND_DIVISOR = 1024;

/** The lowest and the highest gas limit of a child, both included. */
export function gasLimitBounds(parentGasLimit: number): { readonly lowest: number; readonly highest: number } {
  const step = Math.max(divide(parentGasLimit, BOUND_DIVISOR) - 1, 0);
  return { lowest: Math.max(parentGasLimit - step, GAS_LIMIT_MIN), highest: parentGasLimit + step };
}

/** The gas limit of a child that moves as far towards the target as it may. */
export function nextGasLimit(parentGasLimit: number, target: number): number {
  const { lowest, highest } = gasLimitBounds(parentGasLimit);
  return Math.min(Math.max(target, lowest), highest);
}
