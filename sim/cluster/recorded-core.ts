// The core of a recorded life, made anew: with the faulty machine or the byzantine wrapper that the recording names.

import type { NodeCore } from '../../node/core/contract.ts';
import { createNode } from '../../node/core/node.ts';
import { present } from '../../node/lib/assert.ts';
import type { MakeCore } from '../../node/recording/player.ts';
import type { Tier } from '../../node/types/tier.ts';
import { byzantineCore } from '../faults/byzantine.ts';
import { machineWithFault } from '../faults/machines.ts';
import { cloneOf, plantedFaults } from '../faults/planted.ts';
import { NetworkError } from './errors.ts';

/** Makes the cores of a replay; the tier is the replay's own, since none changes an effect. Throws NetworkError for a fault that nobody knows. */
export function recordedCore(tier: Tier): MakeCore {
  return ({ node, fault }, { nowMs }, options, store): NodeCore => {
    const planted = plantedFaults().find(({ name }) => name === fault);
    if (fault !== null && planted === undefined && cloneOf(fault) === null) {
      throw new NetworkError('usage', `${node} was recorded with the fault '${fault}', which there is none of here`);
    }
    const name = planted?.kind === 'machine' ? planted.name : null;
    const told = options(present(machineWithFault(name, tier, nowMs), 'a machine of that name'));
    const core = createNode(told, store);
    return byzantineCore(fault ?? '', core, told) ?? core;
  };
}
