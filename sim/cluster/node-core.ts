// The core's thread of a node in a local network: it takes the machine that the configuration's `fault` names. node/ itself knows no faults.

import { runCoreWorker } from '../../node/host/core-worker.ts';
import { HostError } from '../../node/host/host-error.ts';
import { machineFaults, machineWithFault } from '../faults/machines.ts';

await runCoreWorker(({ fault, tier }, nowMs) => {
  const machine = machineWithFault(fault, tier, nowMs);
  if (machine !== null) return { machine };
  const names = machineFaults().map(({ name }) => name);
  throw new HostError('configuration', `fault '${fault}': there are ${names.join(', ')}`);
});
