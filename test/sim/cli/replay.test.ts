import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockstep } from './command.ts';

const folder = await mkdtemp(join(tmpdir(), 'lockstep-replay-'));
afterAll(() => rm(folder, { recursive: true }));
const write = (nodes: readonly string[]): Promise<void> =>
  writeFile(
    join(folder, 'recording.json'),
    JSON.stringify({ kind: 'lockstep-recording', format: 1, genesis: '0x', nodes }),
  );

describe('lockstep replay', () => {
  it('calls a recording without a step no success', async () => {
    await write(['n1', 'n2']);
    const { status, stdout, stderr } = await lockstep('replay', folder, '--node', 'n1');
    expect([status, stdout]).toEqual([4, 'n1   never ran\n']);
    expect(stderr).toBe(`lockstep: ${folder}: no step of n1 was recorded, so nothing was compared\n`);
  });

  it.each([['../n1'], ['/etc'], ['']])("looks in no folder that is called '%s'", async (name) => {
    await write(['n1', name]);
    const { status, stderr } = await lockstep('replay', folder);
    expect([status, stderr]).toEqual([
      2,
      `lockstep: ${join(folder, 'recording.json')}: nodes.1: expected the name of a node\n`,
    ]);
  });
});
