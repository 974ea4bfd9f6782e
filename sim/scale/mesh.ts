// Who passes messages on to whom: a random mesh as gossipsub keeps one, over nodes with integer ids, in flat arrays.

import { assert } from '../../node/lib/assert.ts';
import { divide } from '../../node/lib/integer.ts';
import type { Random } from '../../node/lib/random.ts';
import { oneWayTicks } from './regions.ts';

/** gossipsub's D: what a node aims at, and so the mean here. */
export const MESH_DEGREE = 8;
/** gossipsub's D_high: nobody keeps more. */
export const MESH_DEGREE_MAX = 12;

/** Directed edges by sender: those of node v are offsets[v] to offsets[v + 1] - 1. Every edge has one in the other direction. */
export type Mesh = {
  readonly nodes: number;
  /** Positions in PLACES. */
  readonly places: Uint8Array;
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  /** One way, ticks. */
  readonly delays: Int32Array;
};

/** Draws a mesh: a ring of all in a random order, so that it is one piece, and random pairs up to the mean degree. Few nodes are all peers. */
export function createMesh(places: Uint8Array, random: Random): Mesh {
  const nodes = places.length;
  assert(nodes >= 2, `a mesh of ${nodes}`);
  const peers = nodes <= MESH_DEGREE + 1 ? everybody(nodes) : ringAndPairs(nodes, random);

  const offsets = new Int32Array(nodes + 1);
  for (const [node, own] of peers.entries()) offsets[node + 1] = (offsets[node] ?? 0) + own.length;
  const targets = Int32Array.from(peers.flat());
  const delays = Int32Array.from(
    peers.flatMap((own, node) => own.map((peer) => oneWayTicks(places[node] ?? 0, places[peer] ?? 0))),
  );
  return { nodes, places, offsets, targets, delays };
}

function everybody(nodes: number): number[][] {
  const all = Array.from({ length: nodes }, (_, node) => node);
  return all.map((node) => all.filter((other) => other !== node));
}

function ringAndPairs(nodes: number, random: Random): number[][] {
  const peers: number[][] = Array.from({ length: nodes }, () => []);
  const linked = new Set<number>();
  const link = (a: number, b: number): void => {
    const key = Math.min(a, b) * nodes + Math.max(a, b);
    const [ofA, ofB] = [peers[a], peers[b]];
    if (ofA === undefined || ofB === undefined || a === b || linked.has(key)) return;
    if (ofA.length >= MESH_DEGREE_MAX || ofB.length >= MESH_DEGREE_MAX) return;
    linked.add(key);
    ofA.push(b);
    ofB.push(a);
  };
  const ring = random.shuffle(Array.from({ length: nodes }, (_, node) => node));
  for (const [index, node] of ring.entries()) link(node, ring[(index + 1) % nodes] ?? node);
  const links = divide(nodes * MESH_DEGREE, 2);
  while (linked.size < links) link(random.below(nodes), random.below(nodes));
  return peers;
}
