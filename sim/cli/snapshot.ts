// `lockstep snapshot`: saves the whole running network under a name, and takes it back there.

import { NetworkError } from '../cluster/errors.ts';
import type { SnapshotListing } from '../cluster/snapshot-folder.ts';
import type { ActFlags } from './act.ts';
import { EXIT } from './exit.ts';
import { findNetwork } from './find-network.ts';
import { createOutput, short } from './output.ts';

export type RestoreFlags = ActFlags & { readonly discard?: boolean; readonly clock: string };

export async function saveSnapshot(name: string, flags: ActFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  const { snapshot } = await client.snapshot({ order: 'save', name });
  output.result({ kind: 'summary', saved: snapshot, passed: true }, `saved '${name}': ${standing(snapshot)}`);
  return EXIT.fine;
}

export async function restoreSnapshot(name: string, flags: RestoreFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const clock = readClock(flags.clock);
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  const present = flags.discard === true ? 'discard' : 'keep';
  output.progress(`taking the network back to '${name}' …`);
  const done = await client.snapshot({ order: 'restore', name, present, clock });
  const { snapshot, replaced, clockOffsetMs } = done;
  const lines = [
    `restored '${name}', saved ${new Date(snapshot.savedMs).toISOString()}: ${standing(snapshot)}`,
    replaced === null ? 'what was there before is gone' : `what was there before is the snapshot '${replaced}' now`,
    ...(clockOffsetMs === 0 ? [] : [`every clock is ${(clockOffsetMs / 1_000).toFixed(1)} s from the wall's`]),
  ];
  output.result({ kind: 'summary', restored: snapshot, replaced, clockOffsetMs, passed: true }, lines.join('\n'));
  return EXIT.fine;
}

export async function listSnapshots(flags: ActFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  const snapshots = await client.snapshots();
  for (const snapshot of snapshots) {
    const megabytes = (snapshot.bytes / 1_048_576).toFixed(1);
    const saved = new Date(snapshot.savedMs).toISOString().slice(0, 19);
    output.result(
      { kind: 'snapshot', ...snapshot },
      `${snapshot.name.padEnd(24)} ${saved}  ${megabytes.padStart(7)} MB  ${standing(snapshot)}`,
    );
  }
  output.result(
    { kind: 'summary', snapshots: snapshots.length, passed: true },
    snapshots.length === 0 ? 'no snapshots yet: lockstep snapshot save NAME' : null,
  );
  return EXIT.fine;
}

export async function removeSnapshot(name: string, flags: ActFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  await client.snapshot({ order: 'remove', name });
  output.result({ kind: 'summary', removed: name, passed: true }, `removed '${name}'`);
  return EXIT.fine;
}

/** Where a saved network stood, in a few words. */
function standing({ nodes, links }: Pick<SnapshotListing, 'nodes' | 'links'>): string {
  const heads = new Map(nodes.flatMap(({ head }) => (head === null ? [] : [[head.hash, head] as const])));
  const [highest] = [...heads.values()].sort((a, b) => b.number - a.number);
  const down = nodes.filter(({ running }) => !running).map(({ name }) => name);
  return [
    highest === undefined ? 'nobody ran' : `height ${highest.number}`,
    heads.size > 1 ? `${heads.size} heads` : `head ${short(highest?.hash)}`,
    ...(down.length > 0 ? [`${down.join(', ')} down`] : []),
    ...(links.length > 0 ? [`${links.length} links cut or shaped`] : []),
  ].join(', ');
}

function readClock(text: string): 'wall' | 'saved' {
  if (text === 'wall' || text === 'saved') return text;
  throw new NetworkError('usage', `--clock '${text}': expected wall or saved`);
}
