// A schedule drawn from a seed. Each seed has weights of its own for the kinds of faults, most of them zero (swarm testing: Groce et al.,
// ISSTA 2012): a run of few kinds goes deeper than one of a little of everything.

import { createRandom, type Random } from '../../node/lib/random.ts';
import { nodeNames } from '../cluster/description.ts';
import { plantedFaults } from '../faults/planted.ts';
import type { NodeName } from '../kernel/links.ts';
import { allPairs } from '../kernel/network.ts';
import { BORN_FAULTS, type Drawing, LOSING, link, MENDING, TIMED_FAULTS, VOTE } from './fault-kinds.ts';
import type { Range } from './range.ts';
import type { Schedule, TimedAct } from './schedule.ts';

/** What was drawn, beside the schedule that it led to. */
export type Drawn = {
  readonly schedule: Schedule;
  /** Only what is above zero. */
  readonly weights: Readonly<Record<string, number>>;
  readonly latency: Latency;
};

type Latency = 'local' | 'regional' | 'worldwide';

const WEIGHT_MAX = 10;
/** How many faults there are, and how long the network is left alone after one, milliseconds. */
const FAULTS_MAX = 16;
const PAUSES_MS = [500, 2_000, 5_000] as const;
const PAUSE_MS_MIN = 100;
/** Time to come up and seal a few blocks before the first fault. */
const QUIET_MS_MAX = 6_000;
/** Blocks from one checkpoint to the next, where there are any. */
const EPOCH_MIN = 2;
const EPOCH_MAX = 20;
const LOAD_MS_MIN = 250;
const LOAD_MS_MAX = 3_000;

/** Draws the schedule of a seed. */
export function drawSchedule(seed: number, range: Range): Drawn {
  const name = `explore-${seed}`;
  const random = createRandom(name).fork('schedule');
  const network = drawNetwork(random.fork('network'), range);
  const nodes = nodeNames(network);
  const weights = withoutHopelessVotes(drawWeights(random.fork('weights'), range), network);
  const latency = random.pick(['local', 'local', 'regional', 'worldwide'] as const);
  const { acts, endMs } = drawTimeline(random.fork('timeline'), nodes, network.period * 1_000, weights);
  const late = network.late.map(
    (node): TimedAct => ({ atMs: random.below(endMs + 1), kind: 'process', node, order: 'start' }),
  );
  const timeline = [...drawLatency(random.fork('latency'), nodes, latency), ...acts, ...late];
  return {
    schedule: {
      seed: name,
      network,
      load: drawLoad(random.fork('load'), network),
      timeline: timeline.sort((a, b) => a.atMs - b.atMs), // a stable sort: acts of one moment keep their order
      endMs,
    },
    weights,
    latency,
  };
}

function drawNetwork(random: Random, { nodes, faults }: Range): Schedule['network'] {
  // Small networks more often: they are the ones that just miss a majority, and the cheap ones.
  const total = Math.min(random.between(nodes.least, nodes.most), random.between(nodes.least, nodes.most));
  const followers = Math.max(0, Math.min(random.pick([0, 0, 0, 1, 2]), total - nodes.least));
  const authorities = total - followers;
  const names = nodeNames({ authorities, followers });
  const late = faults.includes('late') && random.chance(1, 6) ? [random.pick(names)] : [];
  const planted = drawPlanted(random, names, authorities, faults);
  return {
    authorities,
    followers,
    period: random.pick([1, 1, 1, 1, 2, 3]),
    signerLimit: drawSignerLimit(random, authorities),
    epoch: drawEpoch(random.fork('epoch')),
    faults: planted,
    late,
  };
}

/** A faulty machine is given something to be wrong about. */
function drawLoad(random: Random, { faults }: Schedule['network']): Schedule['load'] {
  const machines = plantedFaults().filter(({ kind }) => kind === 'machine');
  const isMachineFaulty = Object.values(faults).some((fault) => machines.some(({ name }) => name === fault));
  if (random.chance(1, 10) && !isMachineFaulty) return null;
  const everyMs = random.between(LOAD_MS_MIN, LOAD_MS_MAX);
  return isMachineFaulty || random.chance(1, 4) ? { everyMs, of: 'programs' } : { everyMs };
}

/** Mostly the standard; else none (deep forks), or the one that stops clones. */
function drawSignerLimit(random: Random, authorities: number): number | null {
  if (random.chance(3, 4)) return null;
  return random.pick([1, Math.floor((2 * authorities) / 3) + 1]);
}

/** Mostly without a checkpoint in reach; else several in one run. */
function drawEpoch(random: Random): number | null {
  return random.chance(1, 4) ? random.between(EPOCH_MIN, EPOCH_MAX) : null;
}

/** In every third network one of the nodes is faulty from the beginning. Of the byzantine the invalid blocks together are as likely as the others. */
function drawPlanted(
  random: Random,
  names: readonly NodeName[],
  authorities: number,
  faults: readonly string[],
): Readonly<Record<NodeName, string>> {
  const all = plantedFaults();
  const byzantine = all.filter(({ kind }) => kind === 'byzantine').map(({ name }) => name);
  const invalid = byzantine.filter((name) => name.startsWith('invalid-'));
  const choices = {
    clone: [`clone-of-n${random.between(1, authorities)}`],
    byzantine: random.pick([invalid, byzantine.filter((name) => !invalid.includes(name))]),
    machine: all.filter(({ kind }) => kind === 'machine').map(({ name }) => name),
  };
  const kinds = (['clone', 'byzantine', 'machine'] as const).filter((kind) => faults.includes(kind));
  if (kinds.length === 0 || !random.chance(1, 3)) return {};
  const fault = random.pick(choices[random.pick(kinds)]);
  const others = names.filter((node) => fault !== `clone-of-${node}`);
  return { [random.pick(others)]: fault };
}

function drawWeights(random: Random, range: Range): Readonly<Record<string, number>> {
  const kinds = range.faults.filter((kind) => !BORN_FAULTS.some((born) => born === kind));
  if (kinds.length === 0) return {};
  const drawn = kinds.map((kind) => [kind, random.chance(2, 3) ? 0 : random.between(1, WEIGHT_MAX)] as const);
  const chosen = drawn.filter(([, weight]) => weight > 0);
  const faults = chosen.length > 0 ? chosen : [[random.pick(kinds), 1] as const];
  const mending = MENDING.map((kind) => [kind, random.between(1, WEIGHT_MAX)] as const);
  return Object.fromEntries([...faults, ...mending]);
}

/**
 * A vote adds a signer that is not there. All others can do without it while all of them seal, so it is not for networks in which one
 * of them cannot.
 */
function withoutHopelessVotes(
  weights: Readonly<Record<string, number>>,
  { faults }: Schedule['network'],
): Readonly<Record<string, number>> {
  const { [VOTE]: votes, ...others } = weights;
  const losesSigners = Object.keys(faults).length > 0 || LOSING.some((kind) => others[kind] !== undefined);
  return losesSigners || votes === undefined ? others : weights;
}

function drawTimeline(
  random: Random,
  nodes: readonly NodeName[],
  periodMs: number,
  weights: Readonly<Record<string, number>>,
): { readonly acts: readonly TimedAct[]; readonly endMs: number } {
  const urn = Object.entries(weights).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));
  const pauseMs = random.pick(PAUSES_MS);
  const count = urn.length === 0 ? 0 : random.between(1, FAULTS_MAX);
  const down = new Set<NodeName>();
  const acts: TimedAct[] = [];
  let losses = 1;
  let atMs = random.between(0, QUIET_MS_MAX);
  for (let i = 0; i < count; i++) {
    const drawing: Drawing = { random, nodes, periodMs, atMs, down, losses };
    acts.push(...(TIMED_FAULTS.get(random.pick(urn))?.(drawing) ?? []));
    losses = drawing.losses;
    atMs += random.between(PAUSE_MS_MIN, pauseMs);
  }
  return { acts, endMs: Math.max(atMs, ...acts.map((act) => act.atMs)) };
}

/** Milliseconds each way between two nodes: within a region, or around the world. A heal takes them away. */
function drawLatency(random: Random, nodes: readonly NodeName[], latency: Latency): readonly TimedAct[] {
  if (latency === 'local') return [];
  const most = latency === 'regional' ? 20 : 150;
  return allPairs(nodes).map((two) =>
    link(0, two, 'both', { delayMs: random.between(1, most), jitterMs: random.below(10) }),
  );
}
