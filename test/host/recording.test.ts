// Where a recorded life begins: behind the step whose writes the store holds, or with all that the store holds; and what a crash leaves of
// the file before.

import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeCore } from '../../node/core/contract.ts';
import { beginRecording, type HostRecording } from '../../node/host/recording.ts';
import { type HostStore, openStore } from '../../node/host/store.ts';
import { utf8ToBytes } from '../../node/lib/bytes.ts';
import { bytesSource } from '../../node/recording/frames.ts';
import { isProblem, openSegment, type Segment } from '../../node/recording/segment.ts';

const GENESIS = `0x${'11'.repeat(32)}` as const;
const NODE = `0x${'22'.repeat(20)}` as const;
const FACTS = {
  node: 'n1',
  startedMs: 1,
  options: { name: 'n1', seed: 's', nodeAddress: NODE, sealer: null, nodes: [], gasLimitTarget: 1 },
  genesis: {},
  fault: null,
  tier: 1,
};

/** A core that writes the time of every step. */
const CORE: NodeCore = {
  step: (nowMs) => [{ kind: 'persist', writes: [{ key: 'core/time', value: utf8ToBytes(String(nowMs)) }] }],
  wakeAtMs: () => 0,
  view: () => {
    throw new Error('nobody looks');
  },
};

let home: string;
let lives: string;
let store: HostStore;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-recording-'));
  lives = join(home, 'lives');
  store = await openStore(join(home, 'db'), GENESIS);
});
afterEach(async () => {
  await store.close();
  rmSync(home, { recursive: true });
});

const begin = (id: string): Promise<HostRecording> => beginRecording(lives, id, FACTS, store);

/** Lives for some steps; what it wrote reaches the store up to the given one. */
async function live(recording: HostRecording, steps: number, durable = steps): Promise<void> {
  const core = recording.recorder.core(CORE);
  for (let i = 0; i < steps; i++) {
    const [effect] = core.step(1_000 + i, { kind: 'wake' });
    if (i < durable && effect?.kind === 'persist') await store.persist(effect.writes);
  }
}

function read(life: number): Segment {
  const path = join(lives, `000${life}.segment`);
  const segment = openSegment(bytesSource(readFileSync(path)), path);
  if (isProblem(segment)) throw new Error(segment.message);
  return segment;
}

describe('a recorded life', () => {
  it('begins with an empty store, and the next goes on behind the last step that became durable', async () => {
    const first = await begin('first');
    await live(first, 5, 3);
    const second = await begin('second'); // the first was killed: it has no end
    expect(read(1).head).toMatchObject({ id: 'first', life: 1, store: { kind: 'snapshot', entries: 0 } });
    expect(read(2).head).toMatchObject({ id: 'second', life: 2, store: { kind: 'continues', id: 'first', step: 2 } });
    expect(second.notes.join()).toContain('goes on behind step 2');
    second.close();
    first.close();
  });

  it('begins with all that the store holds where no life leads there, and without the host’s own notes', async () => {
    await store.persist([{ key: 'core/a', value: Uint8Array.of(1) }]);
    await store.persist([{ key: 'core/b', value: new Uint8Array(3_000_000) }]);
    await store.persist([{ key: 'core/c', value: new Uint8Array(0) }]);
    const recording = await begin('first');
    expect(read(1).head.store).toEqual({ kind: 'snapshot', entries: 3 });
    const entries = [...read(1).entries()].map(([key, value]) => [key, value.length]);
    expect(entries).toEqual([
      ['core/a', 1],
      ['core/b', 3_000_000],
      ['core/c', 0],
    ]);
    recording.close();
  });

  it('begins with all again where the file does not hold the step that the store has', async () => {
    const first = await begin('first');
    await live(first, 5);
    first.close();
    truncateSync(join(lives, '0001.segment'), statSync(join(lives, '0001.segment')).size - 120);
    const second = await begin('second');
    expect(read(2).head.store).toEqual({ kind: 'snapshot', entries: 1 });
    second.close();
  });

  it('cuts half a record off the life before, and says so', async () => {
    const first = await begin('first');
    await live(first, 5);
    first.close();
    const path = join(lives, '0001.segment');
    const { size } = statSync(path);
    appendFileSync(path, Uint8Array.of(0, 0, 0, 9, 1));
    const second = await begin('second');
    expect(statSync(path).size).toBe(size);
    expect(second.notes[0]).toBe(`${path}: cut 5 bytes of a record that was not written whole`);
    second.close();
  });

  it('overwrites nothing, and leaves alone what is not its own', async () => {
    (await begin('first')).close();
    appendFileSync(join(lives, 'notes.txt'), 'mine');
    (await begin('second')).close();
    expect(readdirSync(lives).sort()).toEqual(['0001.segment', '0002.segment', 'notes.txt']);
  });
});
