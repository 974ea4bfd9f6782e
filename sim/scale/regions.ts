// Where the nodes of a large network stand, and how far apart that is. Times are in ticks of 100 microseconds.
//
// Round trips: averages between ten AWS regions, "Latency Between AWS Global Regions", as printed in April 2017 on
// https://acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html; the half of one is taken for one way.
// Shares of nodes (Bitcoin's, 2019) and upload rates (2019): SimBlock, simblock/settings/NetworkConfiguration.java of
// https://github.com/dsg-titech/simblock; a continent's share is split evenly between its places.

import { assert, present } from '../../node/lib/assert.ts';
import { divide, divideUp } from '../../node/lib/integer.ts';
import type { Random } from '../../node/lib/random.ts';

/** Of virtual time. */
export const TICKS_PER_MS = 10;

export type Place = {
  readonly name: string;
  /** Of 10,000 nodes so many stand here. */
  readonly share: number;
  /** What a node here sends in a tick, bits. */
  readonly uploadBits: number;
};

export const PLACES: readonly Place[] = [
  { name: 'Virginia', share: 1106, uploadBits: 1920 },
  { name: 'California', share: 1105, uploadBits: 1920 },
  { name: 'Oregon', share: 1105, uploadBits: 1920 },
  { name: 'Ireland', share: 2499, uploadBits: 2070 },
  { name: 'Frankfurt', share: 2499, uploadBits: 2070 },
  { name: 'Tokyo', share: 224, uploadBits: 1020 },
  { name: 'Seoul', share: 588, uploadBits: 1570 },
  { name: 'Singapore', share: 589, uploadBits: 1570 },
  { name: 'Sydney', share: 195, uploadBits: 1130 },
  { name: 'São Paulo', share: 90, uploadBits: 580 },
];

const SHARES = 10_000;

/** Between two nodes of one place, which the source leaves out: an assumption. */
const AT_HOME = 20;

/** Round trips in ticks between PLACES, each row beginning behind its own place. */
const ROUND_TRIPS: readonly (readonly number[])[] = [
  [727, 870, 806, 887, 1453, 1784, 2167, 2300, 1195],
  [195, 1532, 1666, 1025, 1315, 1740, 1575, 1927],
  [1370, 1595, 891, 1183, 1614, 1622, 1827],
  [196, 2124, 2424, 2390, 3096, 1913],
  [2365, 2662, 3259, 3235, 1949],
  [314, 738, 1039, 2568],
  [719, 1340, 2863],
  [1753, 3281],
  [3225],
];

/** Ticks from one place to another, by their positions in PLACES. */
export function oneWayTicks(from: number, to: number): number {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const roundTrip = low === high ? AT_HOME : ROUND_TRIPS[low]?.[high - low - 1];
  return divide(present(roundTrip, `no places ${from} and ${to}`), 2);
}

/** Ticks that a node of a place needs to put so many bytes on its line. */
export function sendingTicks(place: number, bytes: number): number {
  return divideUp(bytes * 8, present(PLACES[place], `no place ${place}`).uploadBits);
}

/** Draws places for nodes by the shares: positions in PLACES. */
export function drawPlaces(nodes: number, random: Random): Uint8Array {
  const places = new Uint8Array(nodes);
  for (let node = 0; node < nodes; node++) {
    let rest = random.below(SHARES);
    let place = 0;
    for (const { share } of PLACES) {
      if (rest < share) break;
      rest -= share;
      place += 1;
    }
    assert(place < PLACES.length, 'the shares are whole');
    places[node] = place;
  }
  return places;
}
