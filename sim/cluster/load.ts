// A steady trickle of transactions while a scenario plays. Each of a few development accounts sends through one node, so that nonces never
// depend on how fast gossip is.

import { hexToBytes } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { type Cluster, RpcError } from './cluster.ts';
import { NetworkError } from './errors.ts';
import { PROGRAM, PROGRAM_GAS } from './load-program.ts';
import { accountOf, ORDINARY_FEES, signDraft, TRANSFER_GAS } from './wallet.ts';

/** What a scenario wants sent, and how often. */
export type LoadWish = {
  readonly everyMs: number;
  /** Transfers where it is absent. */
  readonly of?: 'programs';
};

export type Load = { readonly stop: () => void; readonly sent: () => number };

/** The accounts that the load uses; a scenario's own transactions come from the others. */
const ACCOUNTS = [5, 6, 7, 8, 9] as const;
const PROGRAM_BYTES = hexToBytes(PROGRAM);

/** Begins the load: a transaction every so often, through the nodes in turn, leaving out those that do not run. */
export function startLoad(cluster: Cluster, { everyMs, of }: LoadWish): Load {
  const { nodes } = cluster.facts;
  let turn = 0;
  let sent = 0;
  const stop = cluster.every(everyMs, async () => {
    const slot = turn % ACCOUNTS.length;
    turn += 1;
    const via = nodes[slot % nodes.length];
    const from = ACCOUNTS[slot];
    if (via === undefined || from === undefined || !cluster.isRunning(via) || cluster.isPaused(via)) return;
    if (await sendOne(cluster, via, from, of)) sent += 1;
  });
  return { stop, sent: () => sent };
}

async function sendOne(cluster: Cluster, via: NodeName, from: number, of: LoadWish['of']): Promise<boolean> {
  try {
    const nonce = BigInt(
      String(await cluster.rpc(via, 'eth_getTransactionCount', [accountOf(from).address, 'pending'])),
    );
    const chainId = BigInt(String(await cluster.rpc(via, 'eth_chainId', [])));
    const what =
      of === 'programs'
        ? { to: null, wei: 0n, gas: PROGRAM_GAS, data: PROGRAM_BYTES }
        : { to: accountOf((from + 1) % 10).address, wei: 1_000n, gas: TRANSFER_GAS };
    const { raw, hash } = signDraft({ chainId, from, nonce, ...what, ...ORDINARY_FEES });
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
