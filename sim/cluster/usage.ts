// Asks the nodes now and then what they keep, and notes it for the checkers.

import type { Usage } from '../../node/core/view.ts';
import { type Cluster, RpcError } from './cluster.ts';
import { NetworkError } from './errors.ts';

/** Often enough to see a queue that fills, seldom enough to cost nothing. */
const EVERY_MS = 2_000;

/** Begins to ask; returns how to stop. */
export function watchUsage(cluster: Cluster): () => void {
  return cluster.every(EVERY_MS, async () => {
    for (const node of cluster.facts.nodes) {
      if (!cluster.isRunning(node) || cluster.isPaused(node)) continue;
      try {
        const { usage } = (await cluster.rpc(node, 'lockstep_status', [])) as { readonly usage: Usage }; // our own node's words
        const resources = await cluster.resources(node);
        cluster.note({ kind: 'usage', atMs: cluster.nowMs(), node, usage, resources });
      } catch (error) {
        // A node that was just killed does not answer.
        if (error instanceof RpcError || error instanceof NetworkError) continue;
        throw error;
      }
    }
  });
}
