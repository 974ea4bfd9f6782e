// Gas beyond 2^53 - 1, which only official tests have. A frame counts what it spends in a number, `gas`; what does not fit is put aside
// as `gasBeyond`, and the two are divided anew whenever gas goes to a callee or comes back. In between, a frame would have to spend 2^52
// by single steps before the number ran out: half a year at the fastest.

import { divide } from '../lib/integer.ts';
import { addWide, subtractWide, toWide, type Wide } from '../lib/wide.ts';

/** The gas of a frame (frame.ts). */
type FrameGas = { gas: number; gasBeyond: bigint };

const GAS_AT_HAND = 2 ** 52;

/** Divides gas into what is at hand and what is put aside. */
export function splitGas(gas: Wide): FrameGas {
  if (typeof gas === 'number') return { gas, gasBeyond: 0n };
  return { gas: GAS_AT_HAND, gasBeyond: gas - BigInt(GAS_AT_HAND) };
}

/** All gas of a frame. */
export function wholeGas({ gas, gasBeyond }: FrameGas): Wide {
  return gasBeyond === 0n ? gas : toWide(BigInt(gas) + gasBeyond);
}

/** Gives gas to a frame. */
export function giveGas(frame: FrameGas, gas: Wide): void {
  setGas(frame, addWide(wholeGas(frame), gas));
}

/** Takes gas from a frame, which has so much. */
export function takeGas(frame: FrameGas, gas: Wide): void {
  if (frame.gasBeyond === 0n && typeof gas === 'number') frame.gas -= gas;
  else setGas(frame, subtractWide(wholeGas(frame), gas));
}

/** All but one 64th, rounded up (EIP-150). */
export function allButOne64th(gas: Wide): Wide {
  return typeof gas === 'number' ? gas - divide(gas, 64) : subtractWide(gas, toWide(gas >> 6n));
}

function setGas(frame: FrameGas, gas: Wide): void {
  const split = splitGas(gas);
  frame.gas = split.gas;
  frame.gasBeyond = split.gasBeyond;
}
