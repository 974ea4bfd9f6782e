// A virtual network whose nodes are recorded into memory, as the host records them into files.

import type { NodeCore } from '../../node/core/contract.ts';
import { createNode } from '../../node/core/node.ts';
import type { NodeOptions } from '../../node/core/options.ts';
import { concatBytes } from '../../node/lib/bytes.ts';
import type { StoreReader } from '../../node/lib/store.ts';
import { bytesSource } from '../../node/recording/frames.ts';
import { recordedOptions, type SegmentHead } from '../../node/recording/head.ts';
import { createRecorder, MARK_KEY, readMark } from '../../node/recording/recorder.ts';
import { isProblem, openSegment, type Segment } from '../../node/recording/segment.ts';
import type { Observation } from '../../sim/check/property.ts';
import type { NetworkPlan } from '../../sim/cluster/cluster.ts';
import { DEFAULT_PLAN, describeNetwork } from '../../sim/cluster/description.ts';
import { nodeOptions, VIRTUAL_START_MS } from '../../sim/cluster/virtual.ts';
import { byzantineCore } from '../../sim/faults/byzantine.ts';
import { createWorld } from '../../sim/kernel/world.ts';

export type Bytes = { head: SegmentHead; chunks: Uint8Array[]; life: ReturnType<typeof createRecorder> };

/** A network that runs in virtual time and is recorded; `lives` has each node's segments in their order. */
export function recordedWorld(plan: Partial<NetworkPlan> = {}) {
  const network = describeNetwork({ ...DEFAULT_PLAN, authorities: 3, followers: 1, ...plan });
  const lives = new Map<string, Bytes[]>(network.facts.nodes.map((node) => [node, []]));
  const observations: Observation[] = [];
  const world = createWorld({
    seed: network.plan.seed,
    startMs: VIRTUAL_START_MS,
    nodes: network.facts.nodes,
    pairs: null,
    observe: (observation) => observations.push(observation),
    createCore: (node, store, life) => {
      let readClock = (): number => world.nowMs();
      const born = nodeOptions(network, node, life, () => readClock());
      const fault = network.plan.faults.get(node) ?? null;
      const all = lives.get(node)!;
      const mark = readMark(store.get(MARK_KEY));
      const head: SegmentHead = {
        node,
        id: `${node}-${life}`,
        life,
        startedMs: world.nowMs(),
        store: mark === null ? { kind: 'snapshot', entries: 0 } : { kind: 'continues', ...mark },
        options: recordedOptions(born),
        genesis: network.genesisFile,
        fault,
        tier: 1,
      };
      const chunks: Uint8Array[] = [];
      const recorder = createRecorder(head, (bytes) => void chunks.push(bytes));
      all.push({ head, chunks, life: recorder });
      readClock = recorder.clock(readClock);
      return recorder.core(create(recording(born, recorder), store, fault));
    },
  });
  return { network, world, lives, observations };
}

function recording(born: NodeOptions, { sign }: ReturnType<typeof createRecorder>): NodeOptions {
  const { sealer } = born;
  return {
    ...born,
    signNode: sign(born.signNode),
    sealer: sealer === null ? null : { ...sealer, sign: sign(sealer.sign) },
  };
}

function create(options: NodeOptions, store: StoreReader, fault: string | null): NodeCore {
  const core = createNode(options, store);
  return byzantineCore(fault ?? '', core, options) ?? core;
}

/** The bytes of a segment, as they would stand in its file. */
export function bytesOf({ chunks }: Bytes): Uint8Array {
  return concatBytes(...chunks);
}

/** The segments of a node, read back. */
export function segmentsOf(all: readonly Bytes[]): readonly Segment[] {
  return all.map((life) => open(bytesOf(life), life.head.id));
}

/** Opens bytes as a segment; throws what is wrong with it. */
export function open(bytes: Uint8Array, label = 'segment'): Segment {
  const segment = openSegment(bytesSource(bytes), label);
  if (isProblem(segment)) throw new Error(segment.message);
  return segment;
}
