// A recording of a network of processes, opened: each node's segments, and a replay of any of them.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSource, openFileSource } from '../../node/host/file-source.ts';
import { createPlayer, type Player } from '../../node/recording/player.ts';
import { isProblem, openSegment, type Segment } from '../../node/recording/segment.ts';
import type { Tier } from '../../node/types/tier.ts';
import type { NodeName } from '../kernel/links.ts';
import { messageOf, NetworkError, systemCodeOf } from './errors.ts';
import { recordedCore } from './recorded-core.ts';
import { readRecordingFacts, recordingOf } from './recording-folder.ts';

/** A recording whose segments are open. */
export type Recording = {
  readonly folder: string;
  readonly genesis: string;
  /** Every node of the network; one that never ran has no segments. */
  readonly nodes: readonly { readonly name: NodeName; readonly segments: readonly Segment[] }[];
  /** A fresh replay of one node from its first step. */
  readonly player: (node: NodeName, tier: Tier) => Player;
  readonly close: () => void;
};

/** Opens a recording, of all nodes or of some. Throws NetworkError with one line on what is wrong with it. */
export async function openRecording(folder: string, wanted: readonly NodeName[] | null = null): Promise<Recording> {
  const { genesis, nodes } = await readRecordingFacts(folder);
  const unknown = wanted?.find((name) => !nodes.includes(name));
  if (unknown !== undefined)
    throw new NetworkError('nothing-matched', `${folder}: no node '${unknown}' (it has ${nodes.join(', ')})`);
  const files: FileSource[] = [];
  const close = (): void => {
    for (const file of files.splice(0)) file.close();
  };
  try {
    const opened: { name: NodeName; segments: readonly Segment[] }[] = [];
    for (const name of wanted ?? nodes) {
      const segments: Segment[] = [];
      for (const path of await segmentFiles(recordingOf(folder, name))) {
        const source = openFileSource(path);
        files.push(source);
        const segment = openSegment(source, path);
        if (isProblem(segment)) throw new NetworkError('recording', segment.message);
        segments.push(segment);
      }
      opened.push({ name, segments });
    }
    const player = (node: NodeName, tier: Tier): Player =>
      createPlayer(opened.find(({ name }) => name === node)?.segments ?? [], recordedCore(tier));
    return { folder, genesis, nodes: opened, player, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function segmentFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return []; // it never ran
    throw new NetworkError('recording', `${folder}: ${messageOf(error)}`);
  });
  const lives = names.filter((name) => name.endsWith('.segment'));
  return lives.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).map((name) => join(folder, name));
}
