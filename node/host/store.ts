// The node's database: LevelDB behind the core's StoreReader. Reads see every write at once, through an overlay that holds a batch
// until it is on the disk. Batches are atomic, durable (fsync) and in order. A folder belongs to one format and one chain.

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { bytesToUtf8, utf8ToBytes } from '../lib/bytes.ts';
import type { StoreReader, Write } from '../lib/store.ts';
import type { Hash } from '../types/transaction.ts';
import { HostError, messageOf, systemCodeOf } from './host-error.ts';

export type HostStore = StoreReader & {
  /** Makes the writes visible to `get` at once; the promise resolves when they are on the disk, and rejects if they never will be. */
  readonly persist: (writes: readonly Write[]) => Promise<void>;
  /** Everything that the core has written, in the order of the keys, as it is on the disk now: for whoever keeps it before the first step. */
  readonly entries: () => AsyncIterable<readonly [key: string, value: Uint8Array]>;
  /** Waits for the writes under way and gives the folder free. */
  readonly close: () => Promise<void>;
};

/** What the host notes for itself. No room of the core writes below it. */
const HOST_KEYS = 'host/';
/** Where the folder says what it is. */
const FORMAT_KEY = `${HOST_KEYS}format`;
/** Raised when what the core writes changes its meaning. */
const FORMAT_VERSION = 1;

type Database = ClassicLevel<string, Uint8Array>;

/**
 * Opens the folder, which is made if it is not there. Throws HostError: `data-locked` where another process has it, `data-foreign`
 * where it holds something else (another program's files, another format, another chain), `data-unreadable` where LevelDB gives up.
 */
export async function openStore(folder: string, genesis: Hash): Promise<HostStore> {
  refuseForeignFiles(folder);
  const database = await openDatabase(folder);
  try {
    await checkFormat(database, folder, genesis);
  } catch (error) {
    await database.close();
    throw error;
  }
  return createStore(database);
}

function createStore(database: Database): HostStore {
  // The newest value of each key whose batch is not on the disk yet, and how many such batches hold the key.
  const unsettled = new Map<string, { value: Uint8Array | null; batches: number }>();
  let last: Promise<void> = Promise.resolve();

  const lay = (writes: readonly Write[]): void => {
    for (const { key, value } of writes) {
      const entry = unsettled.get(key);
      if (entry === undefined) unsettled.set(key, { value, batches: 1 });
      else {
        entry.value = value;
        entry.batches++;
      }
    }
  };
  const settle = (writes: readonly Write[]): void => {
    for (const { key } of writes) {
      const entry = unsettled.get(key);
      if (entry !== undefined && --entry.batches === 0) unsettled.delete(key);
    }
  };

  return {
    get(key) {
      const entry = unsettled.get(key);
      return entry === undefined ? database.getSync(key) : (entry.value ?? undefined);
    },
    persist(writes) {
      lay(writes);
      // A batch after one that failed must fail too: its reads saw what never became durable.
      last = last.then(async () => {
        await writeBatch(database, writes);
        settle(writes);
      });
      return last;
    },
    async *entries() {
      for await (const [key, value] of database.iterator()) if (!key.startsWith(HOST_KEYS)) yield [key, value];
    },
    async close() {
      await last.catch(() => undefined);
      await database.close();
    },
  };
}

async function writeBatch(database: Database, writes: readonly Write[]): Promise<void> {
  const batch = writes.map(({ key, value }) =>
    value === null ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
  );
  await database.batch(batch, { sync: true });
}

// LevelDB makes a database in any folder. One with files of somebody else's is a mistake in the configuration.
function refuseForeignFiles(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0 && !existsSync(join(folder, 'CURRENT'))) {
      throw new HostError('data-foreign', `data folder ${folder}: holds files that are not a node's store`);
    }
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw new HostError('data-unreadable', `data folder ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

async function openDatabase(folder: string): Promise<Database> {
  const database: Database = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'view' });
  try {
    await database.open();
  } catch (error) {
    const cause = { cause: error };
    if (systemCodeOf(error) === 'LEVEL_LOCKED') {
      throw new HostError('data-locked', `data folder ${folder}: another process has it open`, cause);
    }
    const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new HostError('data-unreadable', `data folder ${folder}: ${reason.replaceAll('\n', ' ')}`, cause);
  }
  return database;
}

async function checkFormat(database: Database, folder: string, genesis: Hash): Promise<void> {
  const expected = `${FORMAT_VERSION} ${genesis}`;
  const marker = database.getSync(FORMAT_KEY);
  if (marker === undefined) {
    for await (const _ of database.keys({ limit: 1 })) {
      throw new HostError('data-foreign', `data folder ${folder}: a database, but not a node's store`);
    }
    await database.put(FORMAT_KEY, utf8ToBytes(expected), { sync: true });
    return;
  }
  const actual = bytesToUtf8(marker);
  if (actual === expected) return;
  const [version, chain] = actual.split(' ');
  const reason =
    version === String(FORMAT_VERSION)
      ? `belongs to the chain with genesis ${chain}, not ${genesis}`
      : `has format ${version}, this program writes format ${FORMAT_VERSION}`;
  throw new HostError('data-foreign', `data folder ${folder}: ${reason}`);
}
