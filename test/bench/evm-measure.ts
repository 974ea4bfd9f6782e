// Rounds of calls on all sides in turns, which must agree in every one: medians of their times.

import { assert } from '../../node/lib/assert.ts';
import type { Measured, Side } from './evm-side.ts';
import { median, rounded } from './report.ts';

/** Times by the side's name. */
export type Times = ReadonlyMap<string, Time>;

export type Time = Pick<Measured, 'cpuMs' | 'wallMs'>;

/** Runs every side once a round, as many rounds as it takes part in; asserts that all agree, and gives medians. */
export async function measureRounds(
  sides: readonly Side[],
  roundsOf: (side: Side) => number,
  call: (side: Side, round: number) => Promise<Measured>,
): Promise<Times> {
  const all = new Map(sides.map((side) => [side.name, [] as Time[]]));
  for (let round = 0; sides.some((side) => round < roundsOf(side)); round++) {
    const results: Measured[] = [];
    for (const side of sides) {
      if (round >= roundsOf(side)) continue;
      const measured = await call(side, round);
      results.push(measured);
      all.get(side.name)?.push(measured);
    }
    assertEqual(results);
  }
  const middle = (times: readonly Time[]): Time => ({
    cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
    wallMs: median(times.map(({ wallMs }) => wallMs)),
  });
  return new Map([...all].map(([name, times]) => [name, middle(times)]));
}

/** Output and gas are the same on all sides, logs and refunds on those that tell them. */
function assertEqual(results: readonly Measured[]): void {
  for (const figure of ['isSuccess', 'gas', 'output', 'logs', 'refund'] as const) {
    const told = new Set(results.map((result) => result[figure]).filter((value) => value !== null));
    assert(told.size <= 1, `${figure} differs: ${[...told].join(', ')}`);
  }
  assert(
    results.every(({ isSuccess }) => isSuccess),
    'a program failed',
  );
}

/** The times without those of an empty call; at least a microsecond, since below that the difference is noise. */
export function without(times: Times, empty: Times): Times {
  const rest = (time: Time, nothing: Time | undefined): Time => ({
    cpuMs: Math.max(time.cpuMs - (nothing?.cpuMs ?? 0), MS_MIN),
    wallMs: Math.max(time.wallMs - (nothing?.wallMs ?? 0), MS_MIN),
  });
  return new Map([...times].map(([side, time]) => [side, rest(time, empty.get(side))]));
}

const MS_MIN = 0.001;

/** A report's columns: milliseconds of processor time by side. */
export function figures(times: Times): Record<string, number> {
  return Object.fromEntries([...times].map(([side, time]) => [`${side}Ms`, rounded(time.cpuMs)]));
}
