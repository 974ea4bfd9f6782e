// Rounds of calls on all sides in turns, which must agree in every one: medians of their times.

import { assert } from '../../node/lib/assert.ts';
import type { Measured, Side, Target } from './evm-side.ts';
import { median, rounded } from './report.ts';

/** Times by the side's name. */
export type Times = ReadonlyMap<string, Time>;

export type Time = Pick<Measured, 'cpuMs' | 'wallMs'>;

/** What a side is to do in a round. */
export type Work = {
  readonly target: Target;
  readonly input: Uint8Array;
  /** By what its time is multiplied: a slow side may do a part of what the others do. */
  readonly scale: number;
};

/**
 * Runs the sides in turns, round by round: each does what the function says, or sits a round out. Asserts that all who do the same agree,
 * and has what one side alone does repeated by another. Gives each side's medians, without an empty call's times.
 */
export async function measureRounds(
  sides: readonly Side[],
  rounds: number,
  workOf: (side: Side, round: number) => Work | null,
  empty: Times = new Map(),
): Promise<Times> {
  const times = new Map<string, Time[]>();
  for (let round = 0; round < rounds; round++) {
    const results = new Map<string, Measured[]>();
    for (const side of sides) {
      const work = workOf(side, round);
      if (work === null) continue;
      const { target, input, scale } = work;
      const measured = await side.call(target, input);
      append(times, side.name, netOf(measured, empty.get(side.name), scale));
      const same = append(results, input.join(), measured);
      const other = sides.find((candidate) => candidate !== side);
      if (scale !== 1 && other !== undefined) same.push(await other.call(target, input));
    }
    for (const same of results.values()) assertEqual(same);
  }
  return new Map([...times].map(([name, all]) => [name, middle(all)]));
}

function append<T>(lists: Map<string, T[]>, name: string, item: T): T[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  list.push(item);
  return list;
}

function middle(times: readonly Time[]): Time {
  return { cpuMs: median(times.map(({ cpuMs }) => cpuMs)), wallMs: median(times.map(({ wallMs }) => wallMs)) };
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

/** The time without that of an empty call; at least a microsecond, since below that the difference is noise. */
function netOf(time: Time, empty: Time | undefined, scale: number): Time {
  const { cpuMs = 0, wallMs = 0 } = empty ?? {};
  return {
    cpuMs: Math.max(time.cpuMs - cpuMs, MS_MIN) * scale,
    wallMs: Math.max(time.wallMs - wallMs, MS_MIN) * scale,
  };
}

const MS_MIN = 0.001;

/** A report's columns: milliseconds of processor time by side. */
export function figures(times: Times): Record<string, number> {
  return Object.fromEntries([...times].map(([side, time]) => [`${side}Ms`, rounded(time.cpuMs)]));
}
