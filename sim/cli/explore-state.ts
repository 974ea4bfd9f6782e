// The state file of an exploration: what earlier runs have done, so that several add up. Written whole and put in place by a rename, so
// that a run that is killed leaves the last good one.

import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, NetworkError, systemCodeOf } from '../cluster/errors.ts';

const count = z.int().min(0);

const state = z.strictObject({
  kind: z.literal('lockstep-explore'),
  /** Of the tree that played the seeds: another one plays them differently. */
  commit: z.string(),
  lane: z.enum(['model', 'full']),
  /** What was drawn from, as it was given. */
  nodes: z.string(),
  faults: z.string(),
  tier: count,
  /** The seed that comes next: all before it, from the first, are done. */
  next: count,
  seeds: count,
  violations: z.array(z.strictObject({ seed: count, property: z.string(), evidence: z.string() })),
  simulatedMs: z.number().min(0),
  /** Processor time of the jobs. */
  cpuMs: z.number().min(0),
});

/** What runs with one state file have done together. */
export type ExploreState = z.infer<typeof state>;

/** Fields that must be the same from run to run. */
const SAME = ['lane', 'nodes', 'faults', 'tier', 'commit'] as const;

/** Reads the state file, or begins one where there is none. A NetworkError says what is wrong with it; it is left as it is. */
export async function readState(file: string, fresh: ExploreState): Promise<ExploreState> {
  const refuse = (why: string): never => {
    throw new NetworkError('usage', `--state ${file}: ${why}`);
  };
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return fresh;
    return refuse(messageOf(error));
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('this is no JSON');
  }
  const parsed = state.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`this is no state of an exploration: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const other = SAME.find((field) => parsed.data[field] !== fresh[field]);
  if (other !== undefined)
    refuse(`it is of another ${other} (${parsed.data[other]}, this is ${fresh[other]}): name a new file`);
  return parsed.data;
}

/** Puts the state in its place, whole. */
export async function writeState(file: string, value: ExploreState): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`);
    await rename(draft, file);
  } catch (error) {
    throw new NetworkError('usage', `--state ${file}: ${messageOf(error)}`);
  }
}
