import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../node/host/store.ts';
import { utf8ToBytes } from '../../node/lib/bytes.ts';

const GENESIS = `0x${'11'.repeat(32)}` as const;
const OTHER = `0x${'22'.repeat(32)}` as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (key: string, value: string | null) => ({ key, value: value === null ? null : utf8ToBytes(value) });
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

describe('the store', () => {
  it('shows a write before it is on the disk, and the newest of several', async () => {
    const store = await openStore(folder, GENESIS);
    const first = store.persist([put('a', '1'), put('b', '1')]);
    const second = store.persist([put('a', '2'), put('b', null)]);
    expect(text(store.get('a'))).toBe('2');
    expect(store.get('b')).toBeUndefined();
    await first;
    expect(text(store.get('a'))).toBe('2');
    expect(store.get('b')).toBeUndefined();
    await second;
    expect(text(store.get('a'))).toBe('2');
    expect(store.get('b')).toBeUndefined();
    await store.close();
  });

  it('has everything again after it was closed with writes under way', async () => {
    const store = await openStore(folder, GENESIS);
    for (let i = 0; i < 50; i++) void store.persist([put(`k/${i}`, String(i)), put('last', String(i))]);
    await store.close();
    const again = await openStore(folder, GENESIS);
    expect(text(again.get('last'))).toBe('49');
    expect(text(again.get('k/0'))).toBe('0');
    await again.close();
  });

  it('refuses every batch after one that failed', async () => {
    const store = await openStore(folder, GENESIS);
    const bad = store.persist([put('x', '1'), { key: null as unknown as string, value: null }]);
    const late = store.persist([put('y', '1')]);
    await expect(bad).rejects.toThrow();
    await expect(late).rejects.toThrow();
    await store.close();
    const again = await openStore(folder, GENESIS);
    expect(again.get('x')).toBeUndefined();
    expect(again.get('y')).toBeUndefined();
    await again.close();
  });

  it('refuses a folder that is open already, in one line', async () => {
    const store = await openStore(folder, GENESIS);
    await expect(openStore(folder, GENESIS)).rejects.toMatchObject({
      code: 'data-locked',
      message: `data folder ${folder}: another process has it open`,
    });
    await store.close();
  });

  it('refuses the folder of another chain and leaves it usable for its own', async () => {
    await (await openStore(folder, GENESIS)).close();
    await expect(openStore(folder, OTHER)).rejects.toMatchObject({ code: 'data-foreign' });
    await (await openStore(folder, GENESIS)).close();
  });

  it("refuses another program's files and another program's database", async () => {
    const files = join(folder, 'files');
    await (await openStore(files, GENESIS)).close();
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await expect(openStore(folder, GENESIS)).rejects.toMatchObject({ code: 'data-foreign' });

    const database = new ClassicLevel(join(folder, 'database'));
    await database.put('theirs', '1');
    await database.close();
    await expect(openStore(join(folder, 'database'), GENESIS)).rejects.toMatchObject({ code: 'data-foreign' });
  });

  it('refuses a database that LevelDB cannot read', async () => {
    await (await openStore(folder, GENESIS)).close();
    writeFileSync(join(folder, 'CURRENT'), 'nonsense');
    await expect(openStore(folder, GENESIS)).rejects.toMatchObject({ code: 'data-unreadable' });
  });
});
