import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../node/lib/random.ts';
import { createMesh, MESH_DEGREE, MESH_DEGREE_MAX, type Mesh } from '../../../sim/scale/mesh.ts';
import { drawPlaces, oneWayTicks, PLACES, sendingTicks } from '../../../sim/scale/regions.ts';

const meshOf = (nodes: number, seed = 'mesh'): Mesh =>
  createMesh(drawPlaces(nodes, createRandom(`${seed}/places`)), createRandom(seed));

const peersOf = ({ offsets, targets }: Mesh, node: number): number[] => [
  ...targets.subarray(offsets[node], offsets[node + 1]),
];

describe('the places of nodes', () => {
  it('have shares that are whole, and a way between any two, as long in both directions', () => {
    expect(PLACES.reduce((sum, { share }) => sum + share, 0)).toBe(10_000);
    for (const from of PLACES.keys()) {
      for (const to of PLACES.keys()) {
        expect(oneWayTicks(from, to)).toBe(oneWayTicks(to, from));
        expect(oneWayTicks(from, to)).toBeGreaterThanOrEqual(oneWayTicks(from, from));
      }
    }
    expect([oneWayTicks(0, 3), oneWayTicks(7, 9), oneWayTicks(9, 8)]).toEqual([403, 1640, 1612]);
    expect(() => oneWayTicks(0, PLACES.length)).toThrow('no places');
  });

  it('are drawn by their shares', () => {
    const places = drawPlaces(20_000, createRandom('shares'));
    for (const [place, { share }] of PLACES.entries()) {
      const drawn = places.filter((each) => each === place).length;
      expect(Math.abs(drawn - 2 * share)).toBeLessThan(6 * Math.sqrt(2 * share)); // six standard deviations
    }
  });

  it('send a kilobyte in half a millisecond at 20 Mbit/s, and any byte in one tick', () => {
    expect([sendingTicks(0, 1_000), sendingTicks(9, 1_000), sendingTicks(0, 1), sendingTicks(0, 0)]).toEqual([
      5, 14, 1, 0,
    ]);
  });
});

describe('a mesh', () => {
  it.each([2, 5, 9])('of %i nodes makes everybody a peer of everybody', (nodes) => {
    const mesh = meshOf(nodes);
    for (let node = 0; node < nodes; node++) {
      expect(new Set(peersOf(mesh, node)).size).toBe(nodes - 1);
      expect(peersOf(mesh, node)).not.toContain(node);
    }
  });

  it.each([10, 100, 1_000])('of %i nodes is one piece, links both ways, and keeps to its degrees', (nodes) => {
    const mesh = meshOf(nodes);
    expect(mesh.targets.length).toBe(nodes * MESH_DEGREE);
    const reached = new Set([0]);
    for (const node of reached) for (const peer of peersOf(mesh, node)) reached.add(peer);
    expect(reached.size).toBe(nodes);
    for (let node = 0; node < nodes; node++) {
      const peers = peersOf(mesh, node);
      expect(new Set(peers).size).toBe(peers.length);
      expect(peers.length).toBeLessThanOrEqual(MESH_DEGREE_MAX);
      for (const peer of peers) expect(peersOf(mesh, peer)).toContain(node);
    }
    expect(mesh.delays.every((delay, edge) => delay > 0 && edge < mesh.targets.length)).toBe(true);
  });

  it('is the same for one seed and another one for another', () => {
    expect(meshOf(200, 'a')).toEqual(meshOf(200, 'a'));
    expect(meshOf(200, 'a').targets).not.toEqual(meshOf(200, 'b').targets);
  });
});
