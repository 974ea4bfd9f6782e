// The two lanes of exploration: everything real, for whatever the whole can do wrong, and a cheap one for the great numbers.

import { type SignatureBackend, useSignatures } from '../../node/lib/signatures.ts';
import { replayedOver } from '../check/p12-replay.ts';
import { supplyOver } from '../check/p15-supply.ts';
import { PROPERTIES } from '../check/properties.ts';
import type { Property } from '../check/property.ts';
import { replaysOn } from '../check/replay.ts';
import type { NodeParts } from '../cluster/virtual.ts';
import { createCheapSeals } from './cheap-seals.ts';
import { createStubMachine } from './stub-machine.ts';

/**
 * `full`: the real machine and real signatures, each block executed by every node. `model`: the real core, consensus and network code over a
 * machine that executes no code and signatures that cost a hash.
 */
export type LaneName = 'model' | 'full';

export const LANES: readonly LaneName[] = ['model', 'full'];

export type Lane = {
  readonly name: LaneName;
  readonly parts: NodeParts;
  readonly properties: readonly Property[];
};

/** Prepares this thread for a lane, once: its signatures are the whole thread's from then on. Fast backends are installed before. */
export function openLane(name: LaneName, real: SignatureBackend): Lane {
  if (name === 'full') return { name, parts: {}, properties: PROPERTIES };
  useSignatures(createCheapSeals(real));
  const correct = createStubMachine({ error: 0n });
  const replay = replaysOn(() => correct);
  const over = new Map([replayedOver(replay), supplyOver(replay)].map((property) => [property.id, property]));
  return {
    name,
    parts: { machine: (fault) => (fault === null ? correct : createStubMachine({ error: 1n })) },
    properties: PROPERTIES.map((property) => over.get(property.id) ?? property),
  };
}
