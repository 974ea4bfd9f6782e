// Every fault that a network's plan may plant in a node, by its name.

import type { NodeName } from '../kernel/links.ts';
import { byzantineFaults } from './byzantine.ts';
import { machineFaults } from './machines.ts';

export type PlantedFault = {
  readonly name: string;
  readonly breaks: string;
  /** A wrong machine, or a core that breaks the protocol. */
  readonly kind: 'machine' | 'byzantine';
};

const CLONE = 'clone-of-';

/** The faults that there are; `clone-of-NAME` for any authority comes to them. */
export function plantedFaults(): readonly PlantedFault[] {
  return [
    ...machineFaults().map((fault) => ({ ...fault, kind: 'machine' as const })),
    ...byzantineFaults().map((fault) => ({ ...fault, kind: 'byzantine' as const })),
  ];
}

/** The fault of a name in a network of these authorities; null where there is none. */
export function findFault(name: string, authorities: readonly NodeName[]): PlantedFault | null {
  const original = cloneOf(name);
  if (original === null) return plantedFaults().find((fault) => fault.name === name) ?? null;
  if (!authorities.includes(original)) return null;
  return { name, breaks: `it seals with the key of ${original}, too`, kind: 'byzantine' };
}

/** Whose key a fault of that name seals with; null for a fault of another kind. */
export function cloneOf(name: string): NodeName | null {
  return name.startsWith(CLONE) ? name.slice(CLONE.length) : null;
}
