// A steady trickle of transfers while a scenario plays. Each of a few development accounts sends through one node, so that nonces never
// depend on how fast gossip is.

import type { NodeName } from '../kernel/links.ts';
import { type Cluster, RpcError } from './cluster.ts';
import { NetworkError } from './errors.ts';
import { accountOf, ORDINARY_FEES, signDraft, TRANSFER_GAS } from './wallet.ts';

export type Load = { readonly stop: () => void; readonly sent: () => number };

/** The accounts that the load uses; a scenario's own transactions come from the others. */
const ACCOUNTS = [5, 6, 7, 8, 9] as const;

/** Begins the load: a transfer every so often, through the nodes in turn, leaving out those that do not run. */
export function startLoad(cluster: Cluster, everyMs: number): Load {
  const { nodes } = cluster.facts;
  let turn = 0;
  let sent = 0;
  const stop = cluster.every(everyMs, async () => {
    const slot = turn % ACCOUNTS.length;
    turn += 1;
    const via = nodes[slot % nodes.length];
    const from = ACCOUNTS[slot];
    if (via === undefined || from === undefined || !cluster.isRunning(via) || cluster.isPaused(via)) return;
    if (await sendOne(cluster, via, from)) sent += 1;
  });
  return { stop, sent: () => sent };
}

async function sendOne(cluster: Cluster, via: NodeName, from: number): Promise<boolean> {
  try {
    const nonce = BigInt(
      String(await cluster.rpc(via, 'eth_getTransactionCount', [accountOf(from).address, 'pending'])),
    );
    const chainId = BigInt(String(await cluster.rpc(via, 'eth_chainId', [])));
    const to = accountOf((from + 1) % 10).address;
    const { raw, hash } = signDraft({ chainId, from, to, wei: 1_000n, nonce, gas: TRANSFER_GAS, ...ORDINARY_FEES });
    await cluster.rpc(via, 'eth_sendRawTransaction', [raw]);
    const sender = accountOf(from).address;
    cluster.note({ kind: 'submitted', atMs: cluster.nowMs(), node: via, hash, sender, nonce: String(nonce) });
    return true;
  } catch (error) {
    // A node that was just killed does not answer, and one whose pool is full says so: the load goes on elsewhere.
    if (error instanceof RpcError || error instanceof NetworkError) return false;
    throw error;
  }
}
