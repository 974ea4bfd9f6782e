// A network of processes from nothing to running: folder, wan, control service, nodes. What `lockstep up` and the processes arm stand on.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startWan, type Wan } from '../wan/wan.ts';
import type { Cluster, NetworkPlan } from './cluster.ts';
import { type Control, startControl } from './control.ts';
import { messageOf, NetworkError } from './errors.ts';
import { type Layout, layOut } from './layout.ts';
import { createProcessLauncher } from './process-launcher.ts';
import { prepareRecording, recordOrder } from './recording-folder.ts';
import { connectCluster } from './remote.ts';
import { createSnapshotFolder } from './snapshot-folder.ts';

export type ProcessNetworkOptions = {
  /** 0 takes free ones. */
  readonly rpcPort: number;
  /** The folder to which the nodes' lives are recorded; null for none. */
  readonly recording: string | null;
  /** Gives the start up. */
  readonly signal: AbortSignal | undefined;
};

export type ProcessNetwork = {
  readonly layout: Layout;
  readonly control: Control;
  readonly close: () => Promise<void>;
};

/**
 * Starts everything and resolves when every node is ready. Where anything fails, and where the signal aborts the start, what was started
 * is stopped again before it rejects.
 */
export async function startProcessNetwork(
  plan: NetworkPlan,
  dir: string,
  { rpcPort, recording: wanted, signal }: ProcessNetworkOptions,
): Promise<ProcessNetwork> {
  const recording = wanted === null ? null : resolve(wanted);
  const layout = await layOut(plan, dir, { rpcPort, recording });
  let wan: Wan | null = null;
  let control: Control | null = null;
  try {
    if (recording !== null) await prepareRecording(recording, layout.network.facts);
    const snapshots = createSnapshotFolder(layout.dir, layout.nodes);
    await snapshots.recover();
    wan = await startWan(layout.network.facts.nodes, layout.links);
    control = await startControl({
      arm: 'processes',
      network: layout.network,
      nodes: layout.nodes.map((node) => ({
        name: node.name,
        publicRpc: `http://${node.rpc.host}:${node.rpc.port}`,
        admin: `http://${node.admin.host}:${node.admin.port}`,
        adminToken: node.adminToken,
      })),
      wan,
      launcher: createProcessLauncher(layout.nodes),
      snapshots,
      listen: { host: '127.0.0.1', port: 0 },
      hosts: [],
    });
    if (recording !== null) control.log.listen((observation) => recordOrder(recording, observation));
    signal?.throwIfAborted();
    const { close } = control;
    const giveUp = (): void => void close();
    signal?.addEventListener('abort', giveUp);
    await control.startAll();
    signal?.removeEventListener('abort', giveUp);
    return {
      layout,
      control,
      async close() {
        await close();
        await layout.release();
      },
    };
  } catch (error) {
    await (control ?? wan)?.close();
    await layout.release();
    throw error instanceof NetworkError ? error : new NetworkError('node-failed', messageOf(error));
  }
}

/** The processes arm: a network in a folder of its own, which is removed with it. An aborted start leaves nothing behind. */
export async function createProcessCluster(
  plan: NetworkPlan,
  { recording = null, signal }: Partial<ProcessNetworkOptions> = {},
): Promise<Cluster> {
  const dir = await mkdtemp(join(tmpdir(), 'lockstep-'));
  let network: ProcessNetwork | null = null;
  const close = async (): Promise<void> => {
    await network?.close();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    network = await startProcessNetwork(plan, dir, { rpcPort: 0, recording, signal });
    return await connectCluster(network.control.url, close);
  } catch (error) {
    await close();
    throw error;
  }
}
