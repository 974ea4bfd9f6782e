// The core's thread of a node in a local network: it takes the machine, or what breaks the protocol, that the configuration's `fault`
// names, and its clock, disk and speed are what it is told on the way. node/ itself knows no faults.

import { getEnvironmentData } from 'node:worker_threads';
import type { NodeConfig } from '../../node/config/node-config.ts';
import { createNode } from '../../node/core/node.ts';
import { runCoreWorker } from '../../node/host/core-worker.ts';
import { HostError } from '../../node/host/host-error.ts';
import { present } from '../../node/lib/assert.ts';
import { byzantineCore } from '../faults/byzantine.ts';
import { machineWithFault } from '../faults/machines.ts';
import { findFault, type PlantedFault, plantedFaults } from '../faults/planted.ts';
import { ailingParts, MACHINE_MEMORY, tellMachine, viewMachine } from './ailing.ts';
import { WELL } from './machine-state.ts';

await runCoreWorker((config, nowMs) => {
  const fault = faultOf(config);
  const memory = getEnvironmentData(MACHINE_MEMORY) as SharedArrayBuffer; // node-process.ts has left it there
  const shared = viewMachine(memory);
  tellMachine(shared, { state: { ...WELL, offsetMs: config.clockOffsetMs }, freezeMs: 0 });
  const { clock, wrapStore, wrapCore } = ailingParts(shared);
  const machineFault = fault?.kind === 'machine' ? fault.name : null;
  return {
    machine: present(machineWithFault(machineFault, config.tier, nowMs), 'it was found'),
    createCore(options, store) {
      const core = createNode(options, store);
      return wrapCore(byzantineCore(fault?.name ?? '', core, options) ?? core);
    },
    clock: clock(Date.now),
    wrapStore,
  };
});

function faultOf({ fault, nodes }: NodeConfig): PlantedFault | null {
  if (fault === null) return null;
  const authorities = nodes.filter(({ signer }) => signer !== null).map(({ name }) => name);
  const found = findFault(fault, authorities);
  if (found !== null) return found;
  const names = plantedFaults().map(({ name }) => name);
  throw new HostError('configuration', `fault '${fault}': there are ${names.join(', ')}`);
}
