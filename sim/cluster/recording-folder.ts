// The folder of a recorded network: which chain it is, one folder of segments for each node, and the orders that the network was given.

import { appendFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { NetworkFacts, Observation } from '../check/property.ts';
import type { NodeName } from '../kernel/links.ts';
import { messageOf, NetworkError, systemCodeOf } from './errors.ts';

const FILE = 'recording.json';
const ORDERS = 'orders.ndjson';
const FORMAT = 1;

const schema = z.strictObject({
  kind: z.literal('lockstep-recording'),
  format: z.literal(FORMAT),
  genesis: z.string(),
  /** Names of folders beside the file, and of no others. */
  nodes: z.array(z.string().regex(/^\w+$/, 'expected the name of a node')).min(1),
});

/** Where a node's segments go. */
export function recordingOf(folder: string, node: NodeName): string {
  return join(folder, node);
}

/**
 * Makes the folder ready for a network: a new or empty one, or one that holds a recording of the same chain, which then goes on. Anything
 * else stays untouched and is a `data-folder` error.
 */
export async function prepareRecording(folder: string, { genesisHash, nodes }: NetworkFacts): Promise<void> {
  const own = { kind: 'lockstep-recording', format: FORMAT, genesis: genesisHash, nodes };
  let entries: readonly string[];
  try {
    await mkdir(folder, { recursive: true });
    entries = await readdir(folder);
    if (entries.length === 0)
      return await writeFile(join(folder, FILE), `${JSON.stringify(own, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    throw new NetworkError('data-folder', `--record ${folder}: ${messageOf(error)}`);
  }
  if (!entries.includes(FILE)) {
    throw new NetworkError(
      'data-folder',
      `--record ${folder}: not empty, and no recording ('${entries[0]}'); name a new or an empty folder`,
    );
  }
  const { genesis } = await readRecordingFacts(folder);
  if (genesis === genesisHash) return;
  throw new NetworkError(
    'data-folder',
    `--record ${folder}: holds a recording of another chain (genesis ${genesis}); name a new folder`,
  );
}

/** Writes down an order to the network or to a process. What nodes say is in their own segments. */
export function recordOrder(folder: string, observation: Observation): void {
  if (!['network', 'machine', 'process'].includes(observation.kind)) return;
  appendFileSync(join(folder, ORDERS), `${JSON.stringify(observation)}\n`);
}

/** The orders that the network was given, in their order; half a line at the end, as a crash leaves it, counts as none. */
export async function recordedOrders(folder: string): Promise<readonly Observation[]> {
  const text = await readFile(join(folder, ORDERS), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line): Observation[] => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Observation]; // our own words
    } catch {
      return [];
    }
  });
}

/** Which chain was recorded, and its nodes. Throws NetworkError with one line where the folder holds no recording. */
export async function readRecordingFacts(folder: string): Promise<z.output<typeof schema>> {
  const file = join(folder, FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new NetworkError('nothing-matched', `${folder}: holds no recording (no ${FILE})`);
    throw new NetworkError('recording', `${file}: ${messageOf(error)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NetworkError('recording', `${file}: not JSON`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new NetworkError('recording', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}
