// Lives a recorded node's lives again, step by step, on fresh cores, and compares what they do with what was done. After any step its view
// can be read, as that of a node that runs. It reads bytes and makes no file, so a page can do the same.

import { type Genesis, isGenesisProblem, parseGenesis } from '../chain/genesis.ts';
import type { Sign } from '../consensus/engine.ts';
import type { Effect, NodeCore } from '../core/contract.ts';
import type { NodeOptions } from '../core/options.ts';
import type { NodeView } from '../core/view.ts';
import type { Machine } from '../evm/machine.ts';
import { equalBytes } from '../lib/bytes.ts';
import type { StoreReader } from '../lib/store.ts';
import type { SegmentHead } from './head.ts';
import {
  createResults,
  type EffectMark,
  effectLine,
  FIRST_HASH,
  type Outside,
  type Results,
  type StepResult,
} from './results.ts';
import {
  isProblem,
  problem,
  type RecordedStep,
  type RecordingProblem,
  type Segment,
  type SegmentEnd,
} from './segment.ts';

/** What a core gets from outside when it lives again: what it got then. */
export type OutsideWorld = { readonly sign: Sign; readonly nowMs: () => number };

/** Makes the core of a life: with the machine, faulty or not, and the wrapper that the head names. */
export type MakeCore = (
  head: SegmentHead,
  outside: OutsideWorld,
  options: (machine: Machine) => NodeOptions,
  store: StoreReader,
) => NodeCore;

/** How a replayed step differs from the recorded one: the first effect that does, on both sides, null where a side has no such effect. */
export type Difference = {
  readonly why: string;
  readonly effect: number;
  readonly recorded: string | null;
  readonly replayed: string | null;
};

export type Played = {
  readonly segment: Segment;
  readonly step: RecordedStep;
  readonly effects: readonly Effect[];
  /** Null where everything is the same, hash for hash, or there was nothing to compare with: the node ended in the step. */
  readonly difference: Difference | null;
};

export type Player = {
  /** Replays the next step; null behind the last one. After a difference or a problem there is no next one. */
  readonly next: () => Played | RecordingProblem | null;
  /** What can be read behind the last step; null before the first. */
  readonly view: () => NodeView | null;
  /** How each segment that was left behind has ended. */
  readonly ends: () => readonly { readonly segment: Segment; readonly steps: number; readonly end: SegmentEnd }[];
};

/** Prepares the replay of a node's segments, which stand in the order of their lives. */
export function createPlayer(segments: readonly Segment[], makeCore: MakeCore): Player {
  const lives = liveAll(segments, makeCore);
  return { next: lives.next, view: lives.view, ends: () => lives.ends };
}

type Values = Map<string, Uint8Array>;

type Life = {
  readonly segment: Segment;
  readonly core: NodeCore;
  readonly values: Values;
  readonly steps: Generator<RecordedStep, SegmentEnd>;
  readonly given: Outside[];
  hash: Uint8Array;
  count: number;
};

function liveAll(segments: readonly Segment[], makeCore: MakeCore) {
  /** Where later lives go on: what the store holds there is kept. */
  const wanted = new Set(
    segments.flatMap(({ head: { store } }) => (store.kind === 'continues' ? [placeOf(store)] : [])),
  );
  const kept = new Map<string, Values>();
  const ends: { readonly segment: Segment; readonly steps: number; readonly end: SegmentEnd }[] = [];
  const waiting = [...segments];
  let life: Life | null = null;
  let isOver = false;

  const next = (): Played | RecordingProblem | null => {
    while (!isOver) {
      if (life === null) {
        const segment = waiting.shift();
        if (segment === undefined) break;
        const begun = beginLife(segment, kept, makeCore);
        if (isProblem(begun)) {
          // A node that was killed while its store was being kept has not lived.
          const first = segment.steps().next();
          if (!first.done || first.value.kind === 'damaged' || waiting.length === 0) return over(begun);
          ends.push({ segment, steps: 0, end: first.value });
          continue;
        }
        life = begun;
      }
      const read: IteratorResult<RecordedStep, SegmentEnd> = life.steps.next();
      if (read.done) {
        const { segment, count } = life;
        ends.push({ segment, steps: count, end: read.value });
        if (read.value.kind === 'damaged') return over(problem(segment.label, read.value.message));
        // The last life stays readable.
        if (waiting.length === 0) isOver = true;
        else life = null;
        continue;
      }
      const played = playStep(life, read.value);
      life.count += 1;
      if (played.difference !== null) isOver = true;
      const place = placeOf({ id: life.segment.head.id, step: read.value.index });
      if (wanted.has(place)) kept.set(place, new Map(life.values));
      return played;
    }
    return null;
  };

  const over = (found: RecordingProblem): RecordingProblem => {
    isOver = true;
    return found;
  };

  return { next, view: () => (life === null || life.count === 0 ? null : life.core.view()), ends };
}

function beginLife(segment: Segment, kept: ReadonlyMap<string, Values>, makeCore: MakeCore): Life | RecordingProblem {
  const { head } = segment;
  const values = storeOf(segment, kept);
  if (isProblem(values)) return values;
  const genesis = parseGenesis(head.genesis);
  if (isGenesisProblem(genesis)) return problem(segment.label, `its genesis: ${genesis.message}`);
  const given: Outside[] = [];
  const core = makeCore(head, outsideFrom(given), (machine) => optionsOf(head, genesis, machine, given), {
    get: (key) => values.get(key),
  });
  return { segment, core, values, steps: segment.steps(), given, hash: FIRST_HASH, count: 0 };
}

function storeOf(segment: Segment, kept: ReadonlyMap<string, Values>): Values | RecordingProblem {
  const { store } = segment.head;
  if (store.kind === 'continues') {
    const values = kept.get(placeOf(store));
    if (values !== undefined) return new Map(values);
    return problem(
      segment.label,
      `goes on behind step ${store.step} of the life ${store.id}, which is not in the folder`,
    );
  }
  const values: Values = new Map();
  const entries = segment.entries();
  for (let read = entries.next(); ; read = entries.next()) {
    if (read.done) return read.value ?? values;
    values.set(...read.value);
  }
}

function optionsOf({ options }: SegmentHead, genesis: Genesis, machine: Machine, given: Outside[]): NodeOptions {
  const { sign } = outsideFrom(given);
  const { name, seed, nodeAddress, sealer, nodes, gasLimitTarget } = options;
  return {
    name,
    genesis,
    seed,
    nodeAddress,
    signNode: sign,
    sealer: sealer === null ? null : { address: sealer, sign },
    nodes,
    machine,
    gasLimitTarget,
  };
}

/** The core asked for something that it did not ask for then: it has left the recorded path. Caught where the step is played. */
class Departure extends Error {
  override readonly name = 'Departure';
}

function outsideFrom(given: Outside[]): OutsideWorld {
  return {
    sign() {
      const value = given.shift();
      if (value?.kind !== 'signature') throw new Departure('it asked for a signature, which it had not then');
      return value.signature;
    },
    nowMs() {
      const value = given.shift();
      if (value?.kind !== 'clock') throw new Departure('its machine read the clock, which it had not then');
      return value.nowMs;
    },
  };
}

const resultOf: Results = createResults();

function playStep(life: Life, step: RecordedStep): Played {
  const { segment, core, given } = life;
  const { result } = step;
  given.splice(0, given.length, ...(result?.outside ?? []));
  let effects: readonly Effect[];
  try {
    effects = core.step(step.nowMs, step.input);
  } catch (error) {
    // A node that ended in its step may have ended by this very error, and its signatures were not kept.
    const why = error instanceof Error ? error.message : String(error);
    return {
      segment,
      step,
      effects: [],
      difference: result === null ? null : differenceOf(`the step failed: ${why}`, result, []),
    };
  }
  const outside = result?.outside ?? [];
  const left = given.splice(0, given.length).length;
  const mine = resultOf(life.hash, outside, effects);
  life.hash = mine.hash;
  for (const effect of effects) if (effect.kind === 'persist') apply(life.values, effect.writes);
  if (result === null) return { segment, step, effects, difference: null };
  if (!equalBytes(mine.hash, result.hash))
    return { segment, step, effects, difference: differenceOf('another effect', result, effects) };
  const why = `it asked for ${left} signatures or readings of the clock less than then`;
  return { segment, step, effects, difference: left === 0 ? null : differenceOf(why, result, effects) };
}

function differenceOf(
  why: string,
  { effects: recorded, ...rest }: StepResult,
  replayed: readonly Effect[],
): Difference {
  const mine = resultOf(rest.hash, [], replayed).effects;
  const length = Math.max(recorded.length, mine.length);
  let effect = 0;
  while (effect < length && isSame(recorded[effect], mine[effect])) effect += 1;
  const then = recorded[effect];
  const now = replayed[effect];
  return {
    why,
    effect,
    recorded: then === undefined ? null : then.line === '' ? 'an effect whose text was not kept' : then.line,
    replayed: now === undefined ? null : effectLine(now),
  };
}

function isSame(a: EffectMark | undefined, b: EffectMark | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(a.digest, b.digest);
}

function apply(values: Values, writes: Extract<Effect, { readonly kind: 'persist' }>['writes']): void {
  for (const { key, value } of writes) {
    if (value === null) values.delete(key);
    else values.set(key, value);
  }
}

function placeOf({ id, step }: { readonly id: string; readonly step: number }): string {
  return `${id} ${step}`;
}
