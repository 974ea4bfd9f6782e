// Where a recorded node's life goes: one file per life in a folder of the node's own, appended to and never rewritten. It finds out where the
// store stands among the lives recorded before, and keeps the whole store only where none of them leads to it.

import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdir, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentHead } from '../recording/head.ts';
import { createRecorder, MARK_KEY, type Recorder, readMark } from '../recording/recorder.ts';
import type { StoreEntry } from '../recording/records.ts';
import { countSteps, isProblem, openSegment } from '../recording/segment.ts';
import { openFileSource } from './file-source.ts';
import { HostError, messageOf } from './host-error.ts';
import type { HostStore } from './store.ts';

export type HostRecording = {
  readonly recorder: Recorder;
  /** What was found and done at the beginning, in words for the node's log. */
  readonly notes: readonly string[];
  /** Bytes appended so far. */
  readonly bytes: () => number;
  /** Ends the life in good order; the file is on the disk then. */
  readonly close: () => void;
};

export type LifeFacts = Omit<SegmentHead, 'id' | 'life' | 'store'>;

/** Entries of the store that stand in one record, by their bytes. */
const CHUNK_BYTES = 1_048_576;
/** The end of a segment's file name; before it stands the number of the life. */
const SUFFIX = '.segment';

/**
 * Begins a segment in the folder, which is made if it is not there. `id` names the life and no other one. Throws HostError `recording` where
 * the folder or the file cannot be written.
 */
export async function beginRecording(
  folder: string,
  id: string,
  facts: LifeFacts,
  store: HostStore,
): Promise<HostRecording> {
  const notes: string[] = [];
  const lives = await listLives(folder);
  const last = lives.at(-1);
  if (last !== undefined) notes.push(...(await cutTail(join(folder, fileOf(last)))));
  const mark = readMark(store.get(MARK_KEY));
  const goesOn = mark !== null && lives.some((life) => leadsTo(join(folder, fileOf(life)), mark));
  const count = goesOn ? 0 : await countEntries(store);
  const life = (last ?? 0) + 1;
  const path = join(folder, fileOf(life));
  const file = openNew(path);
  let bytes = 0;

  const append = (record: Uint8Array): void => {
    try {
      for (let done = 0; done < record.length; ) done += writeSync(file, record, done);
    } catch (error) {
      throw new HostError('recording', `${path}: ${messageOf(error)}`, { cause: error });
    }
    bytes += record.length;
  };
  const kept: SegmentHead['store'] = goesOn ? { kind: 'continues', ...mark } : { kind: 'snapshot', entries: count };
  const recorder = createRecorder({ life, id, store: kept, ...facts }, append); // the genesis, which is long, stands last
  if (!goesOn) await keepStore(store, recorder);
  const from = goesOn
    ? `goes on behind step ${mark.step} of an earlier life`
    : `begins with a store of ${count} entries`;
  notes.push(`recorded in ${path}, which ${from}`);
  return {
    recorder,
    notes,
    bytes: () => bytes,
    close() {
      recorder.end();
      fsyncSync(file);
      closeSync(file);
    },
  };
}

/** The numbers of the lives in a folder, ascending. Anything else in it is none of ours, and stays. */
async function listLives(folder: string): Promise<readonly number[]> {
  try {
    await mkdir(folder, { recursive: true });
    const names = (await readdir(folder)).filter((name) => /^\d{4,9}\.segment$/.test(name));
    return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
  } catch (error) {
    throw new HostError('recording', `recording folder ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

/** A crash may leave half a record. It is cut off, so that the file ends as far as it was written whole. */
async function cutTail(path: string): Promise<readonly string[]> {
  const source = openFileSource(path);
  const { wholeBytes, end } = countSteps(source);
  source.close();
  if (end !== 'torn' || wholeBytes === 0) return [];
  await truncate(path, wholeBytes);
  return [`${path}: cut ${source.size - wholeBytes} bytes of a record that was not written whole`];
}

/** Whether the recorded life has the id and was written down as far as the store goes. */
function leadsTo(path: string, mark: { readonly id: string; readonly step: number }): boolean {
  const source = openFileSource(path);
  try {
    const segment = openSegment(source, path);
    return !isProblem(segment) && segment.head.id === mark.id && countSteps(source).steps > mark.step;
  } finally {
    source.close();
  }
}

async function countEntries(store: HostStore): Promise<number> {
  let count = 0;
  for await (const _ of store.entries()) count += 1;
  return count;
}

/** Takes down the store piece by piece: a long chain is larger than what one wants to hold in memory. */
async function keepStore(store: HostStore, recorder: Recorder): Promise<void> {
  let chunk: StoreEntry[] = [];
  let room = CHUNK_BYTES;
  const flush = (): void => {
    if (chunk.length > 0) recorder.keep(chunk);
    chunk = [];
    room = CHUNK_BYTES;
  };
  for await (const entry of store.entries()) {
    chunk.push(entry);
    room -= entry[0].length + entry[1].length;
    if (room <= 0) flush();
  }
  flush();
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    throw new HostError('recording', `${path}: ${messageOf(error)}`, { cause: error });
  }
}

function fileOf(life: number): string {
  return `${String(life).padStart(4, '0')}${SUFFIX}`;
}
