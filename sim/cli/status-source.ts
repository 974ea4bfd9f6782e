// What the live table shows: each node's own words about itself, asked over its RPC.

import { callRpc, type NetworkStatus } from '../cluster/remote.ts';
import { isRecord } from './json-shape.ts';

/** One node as it answers `lockstep_status`; null where it does not. */
export type NodeStatus = {
  readonly height: number;
  readonly hash: string;
  readonly stateRoot: string;
  readonly sealer: string;
  readonly inTurn: boolean;
  readonly peers: number;
  readonly pending: number;
  readonly halted: { readonly signers: number; readonly needed: number } | null;
  readonly sealing: boolean;
};

export type Row = {
  readonly name: string;
  readonly rpc: string;
  readonly state: 'up' | 'down' | 'paused';
  readonly status: NodeStatus | null;
};

/** Asks every running node at once. */
export async function askAll(network: NetworkStatus): Promise<Row[]> {
  return Promise.all(
    network.nodes.map(async ({ name, rpc, running, paused }): Promise<Row> => {
      const state = paused ? 'paused' : running ? 'up' : 'down';
      const status = state === 'up' ? await ask(rpc) : null;
      return { name, rpc, state, status };
    }),
  );
}

async function ask(rpc: string): Promise<NodeStatus | null> {
  try {
    return readStatus(await callRpc(rpc, 'lockstep_status', []));
  } catch {
    return null; // it starts, or it is busy: the table says so
  }
}

function readStatus(answer: unknown): NodeStatus | null {
  if (!isRecord(answer) || !isRecord(answer['head'])) return null;
  const head = answer['head'];
  const halted = answer['halted'];
  return {
    height: Number(head['number']),
    hash: String(head['hash']),
    stateRoot: String(head['stateRoot']),
    sealer: String(head['sealer']),
    inTurn: head['inTurn'] === true,
    peers: Array.isArray(answer['peers']) ? answer['peers'].length : 0,
    pending: Number(answer['pending']),
    halted: isRecord(halted) ? { signers: Number(halted['signers']), needed: Number(halted['needed']) } : null,
    sealing: answer['sealing'] === true,
  };
}
