// Saved networks on the disk: one folder for each, with every node's store as it was. A folder has its name when it is whole and never
// before; exchanging the stores in use is a list of renames with a note of what is under way, which the next start carries through.

import { constants } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { NodeName } from '../kernel/links.ts';
import { messageOf, NetworkError, systemCodeOf } from './errors.ts';
import { machineOrderSchema } from './order-schema.ts';

/** A node's store, the folder of its database. */
export type NodeStore = { readonly name: NodeName; readonly dataDir: string };

const FORMAT = 1;
const FACTS = 'snapshot.json';
const JOURNAL = 'restoring.json';
/** Behind the name of a folder that is not whole yet. */
const PARTIAL = '.partial';
/** Behind the name of a store that is to take the place of the one in use. */
const STAGED = '.restored';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const linkShape = z.strictObject({
  state: z.enum(['open', 'stalled', 'cut']),
  delayMs: z.number(),
  jitterMs: z.number(),
  bitsPerSecond: z.number().nullable(),
  lossPercent: z.number(),
  duplicatePercent: z.number(),
  reorderPercent: z.number(),
});

const schema = z.strictObject({
  format: z.literal(FORMAT),
  name: z.string(),
  savedMs: z.int(),
  genesis: z.string(),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      /** Whether it had a store: one that never ran has none. */
      stored: z.boolean(),
      running: z.boolean(),
      paused: z.boolean(),
      /** What it last said of its head; null where it did not run. */
      head: z.strictObject({ number: z.int(), hash: z.string() }).nullable(),
    }),
  ),
  /** Every link that is not open and plain. */
  links: z.array(z.strictObject({ from: z.string(), to: z.string(), shape: linkShape })),
  /** What is wrong with the nodes' machines: the orders that make them so. */
  machines: z.array(machineOrderSchema),
});

export type SnapshotFacts = z.output<typeof schema>;
/** What whoever saves knows; which nodes have a store, the folder sees itself. */
export type NewSnapshot = Omit<SnapshotFacts, 'format' | 'nodes'> & {
  readonly nodes: readonly Omit<SnapshotFacts['nodes'][number], 'stored'>[];
};
/** What a saved network was, and the bytes that it takes. */
export type SnapshotListing = SnapshotFacts & { readonly bytes: number };

export type SnapshotFolder = {
  /** Throws NetworkError where the name cannot be one, or is taken. */
  readonly expectFree: (name: string) => Promise<void>;
  /** The first of `before-NAME`, `before-NAME-2`, … that is free. */
  readonly freeName: (name: string) => Promise<string>;
  /** Copies the stores of nodes that stand still. Leaves nothing behind where it fails. */
  readonly copy: (facts: NewSnapshot) => Promise<void>;
  readonly read: (name: string) => Promise<SnapshotFacts>;
  readonly list: () => Promise<readonly SnapshotListing[]>;
  readonly remove: (name: string) => Promise<void>;
  /** Lays copies of a snapshot's stores beside those in use. Leaves nothing behind where it fails. */
  readonly stage: (facts: SnapshotFacts) => Promise<void>;
  /**
   * Exchanges the stores in use, whose nodes must be down, for the staged ones. What was in use becomes the snapshot of the given facts.
   * A failure before `begun` is called has changed no store.
   */
  readonly exchange: (replaced: NewSnapshot, begun: () => void) => Promise<void>;
  /** Carries through an exchange that was interrupted, and clears away what other interruptions left. Before any node starts. */
  readonly recover: () => Promise<void>;
};

/** The snapshots of the network in a folder. */
export function createSnapshotFolder(dir: string, nodes: readonly NodeStore[]): SnapshotFolder {
  const home = join(dir, 'snapshots');
  const journal = join(dir, JOURNAL);
  const at = (name: string): string => join(home, name);
  const staged = ({ dataDir }: NodeStore): string => `${dataDir}${STAGED}`;

  const expectName = (name: string): void => {
    if (NAME.test(name) && !name.endsWith(PARTIAL)) return;
    throw new NetworkError(
      'usage',
      `snapshot '${name}': expected a name of up to 63 letters, digits, points, hyphens and underscores, a letter or digit first and not '${PARTIAL}' last`,
    );
  };
  const read = async (name: string): Promise<SnapshotFacts> => {
    expectName(name);
    return readFacts(join(at(name), FACTS), name, async () => namesIn(home));
  };
  /** Writes a snapshot's facts, with the stores that there are now. */
  const writeFacts = async (folder: string, facts: NewSnapshot): Promise<void> => {
    const stored = new Map<NodeName, boolean>();
    for (const { name, dataDir } of nodes) stored.set(name, await exists(dataDir));
    const whole: SnapshotFacts = {
      format: FORMAT,
      ...facts,
      nodes: facts.nodes.map((node) => ({ ...node, stored: stored.get(node.name) === true })),
    };
    await writeFile(join(folder, FACTS), `${JSON.stringify(whole, null, 2)}\n`);
  };

  /** Moves what is in use into the folder, and what is staged into its place; does nothing again that was done already. */
  const swap = async (into: string): Promise<void> => {
    const facts = await readFacts(join(into, FACTS), into, async () => []);
    for (const node of nodes) {
      const kept = join(into, node.name);
      const wasStored = facts.nodes.some(({ name, stored }) => name === node.name && stored);
      if (wasStored && !(await exists(kept))) await rename(node.dataDir, kept);
      if (await exists(staged(node))) await rename(staged(node), node.dataDir);
    }
  };
  const unstage = async (): Promise<void> => {
    for (const node of nodes) await rm(staged(node), { recursive: true, force: true });
  };

  return {
    async expectFree(name) {
      expectName(name);
      if (await exists(at(name))) {
        throw new NetworkError('usage', `snapshot '${name}' exists already: choose another name, or remove it first`);
      }
    },
    async freeName(name) {
      for (let i = 1; ; i++) {
        const free = `before-${name.slice(0, 50)}${i === 1 ? '' : `-${i}`}`;
        if (!(await exists(at(free)))) return free;
      }
    },
    async copy(facts) {
      const partial = `${at(facts.name)}${PARTIAL}`;
      await saying(`snapshot '${facts.name}' was not saved`, async () => {
        try {
          await rm(partial, { recursive: true, force: true });
          await mkdir(partial, { recursive: true });
          for (const node of nodes) {
            if (await exists(node.dataDir)) await copyFolder(node.dataDir, join(partial, node.name));
          }
          await writeFacts(partial, facts);
          await rename(partial, at(facts.name));
        } catch (error) {
          await rm(partial, { recursive: true, force: true });
          throw error;
        }
      });
    },
    read,
    async list() {
      const found: SnapshotListing[] = [];
      for (const name of await namesIn(home)) found.push({ ...(await read(name)), bytes: await bytesIn(at(name)) });
      return found.sort((a, b) => a.savedMs - b.savedMs);
    },
    async remove(name) {
      expectName(name);
      if (!(await exists(at(name)))) await read(name); // says which there are; a damaged one may go, too
      // Its name goes first: half a snapshot must not look like a whole one.
      await rename(at(name), `${at(name)}${PARTIAL}`);
      await rm(`${at(name)}${PARTIAL}`, { recursive: true, force: true });
    },
    async stage(facts) {
      await saying(`snapshot '${facts.name}' was not restored, and nothing was changed`, async () => {
        try {
          await unstage();
          for (const node of nodes) {
            if (facts.nodes.some(({ name, stored }) => name === node.name && stored))
              await copyFolder(join(at(facts.name), node.name), staged(node));
          }
        } catch (error) {
          await unstage();
          throw error;
        }
      });
    },
    async exchange(replaced, begun) {
      const partial = `${at(replaced.name)}${PARTIAL}`;
      await saying(
        'the snapshot was not restored; the nodes are down, and their stores are what they were',
        async () => {
          try {
            await rm(partial, { recursive: true, force: true });
            await mkdir(partial, { recursive: true });
            await writeFacts(partial, replaced);
            await writeFile(`${journal}.new`, JSON.stringify({ into: replaced.name }));
            await rename(`${journal}.new`, journal);
          } catch (error) {
            await rm(partial, { recursive: true, force: true });
            await unstage();
            throw error;
          }
        },
      );
      begun();
      await saying(
        `the restoring of a snapshot was interrupted: the next 'lockstep up' on ${dir} carries it through`,
        async () => {
          await swap(partial);
          await rename(partial, at(replaced.name));
          await rm(journal);
        },
      );
    },
    async recover() {
      const into = await readJournal(journal);
      if (into !== null && (await exists(`${at(into)}${PARTIAL}`))) {
        await swap(`${at(into)}${PARTIAL}`);
        await rename(`${at(into)}${PARTIAL}`, at(into));
      }
      await rm(journal, { force: true });
      await unstage();
      for (const name of await readdir(home).catch(() => [])) {
        if (name.endsWith(PARTIAL)) await rm(join(home, name), { recursive: true, force: true });
      }
    },
  };
}

/** A copy that shares its blocks with the original where the file system can. */
function copyFolder(from: string, to: string): Promise<void> {
  return cp(from, to, { recursive: true, errorOnExist: true, force: false, mode: constants.COPYFILE_FICLONE });
}

async function readFacts(file: string, name: string, others: () => Promise<readonly string[]>): Promise<SnapshotFacts> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw new NetworkError('data-folder', `${file}: ${messageOf(error)}`);
    const known = await others();
    throw new NetworkError(
      'nothing-matched',
      `no snapshot '${name}' (${known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`})`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NetworkError('data-folder', `${file}: not JSON`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new NetworkError('data-folder', `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}

async function readJournal(file: string): Promise<string | null> {
  try {
    const { into } = JSON.parse(await readFile(file, 'utf8')) as { readonly into?: unknown }; // checked in the next line
    return typeof into === 'string' && NAME.test(into) ? into : null;
  } catch {
    return null; // nothing is under way
  }
}

async function namesIn(home: string): Promise<readonly string[]> {
  const names = await readdir(home).catch(() => []);
  return names.filter((name) => NAME.test(name) && !name.endsWith(PARTIAL)).sort();
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Does it, and says what a failure means. */
async function saying(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new NetworkError('data-folder', `${what}: ${messageOf(error)}`);
  }
}
