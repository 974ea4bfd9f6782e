import { afterEach, describe, expect, it } from 'vitest';
import { type Control, startControl } from '../../../sim/cluster/control.ts';
import { DEFAULT_PLAN, describeNetwork } from '../../../sim/cluster/description.ts';
import type { Launcher } from '../../../sim/cluster/launcher.ts';
import type { SnapshotFolder } from '../../../sim/cluster/snapshot-folder.ts';

const open: Control[] = [];
afterEach(async () => {
  for (const control of open.splice(0)) await control.close();
});

/** A launcher whose nodes take as long to start as the test wants. */
function slowLauncher(): { readonly launcher: Launcher; readonly begun: Promise<void>; readonly finish: () => void } {
  const begun = Promise.withResolvers<void>();
  const up = Promise.withResolvers<void>();
  const none = async (): Promise<void> => {};
  const launcher: Launcher = {
    start: () => {
      begun.resolve();
      return up.promise;
    },
    stop: none,
    kill: none,
    pause: none,
    resume: none,
    treat: none,
    wipe: none,
    isRunning: () => false,
    isPaused: () => false,
    onExit: () => {},
    onStart: () => {},
    close: none,
  };
  return { launcher, begun: begun.promise, finish: up.resolve };
}

describe('the control service', () => {
  it('takes no snapshot while a node is on its way up, and takes it afterwards', async () => {
    const network = describeNetwork({ ...DEFAULT_PLAN, authorities: 2, followers: 0 });
    const { launcher, begun, finish } = slowLauncher();
    const asked: string[] = [];
    const folder = {
      expectFree: async (name: string) => void asked.push(name),
      copy: async () => {},
      read: async () => ({}),
    };
    const control = await startControl({
      arm: 'processes',
      network,
      nodes: network.facts.nodes.map((name) => ({ name, publicRpc: '', admin: 'http://127.0.0.1:9', adminToken: '' })),
      wan: { table: () => new Map(), order: () => {}, close: async () => {} } as never,
      launcher,
      snapshots: folder as unknown as SnapshotFolder,
      listen: { host: '127.0.0.1', port: 0 },
      hosts: [],
    });
    open.push(control);
    const post = (path: string, body: object): Promise<Response> =>
      fetch(`${control.url}/${path}`, { method: 'POST', headers: { 'x-lockstep': '1' }, body: JSON.stringify(body) });

    const starting = post('process', { node: 'n1', order: 'start' });
    await begun;
    const early = await post('snapshot', { order: 'save', name: 'a' });
    expect([early.status, await early.json()]).toEqual([
      400,
      { error: { code: 'already-running', message: 'the start of n1 is under way: try again when it is done' } },
    ]);
    finish();
    expect((await starting).status).toBe(200);
    expect((await post('snapshot', { order: 'save', name: 'b' })).status).toBe(200);
    expect(asked).toEqual(['b']);
  });
});
