// Which name is which method. What only an operator may do is in a table of its own, for a port of its own.

import type { NodeView } from '../core/view.ts';
import type { Json } from './json.ts';
import type { Method, MethodTable, PendingAnswer } from './method.ts';
import * as blocks from './methods/blocks.ts';
import * as calls from './methods/calls.ts';
import * as clique from './methods/clique.ts';
import * as explain from './methods/explain.ts';
import * as fees from './methods/fees.ts';
import * as lockstep from './methods/lockstep.ts';
import * as logs from './methods/logs.ts';
import * as network from './methods/network.ts';
import * as state from './methods/state.ts';
import * as transactions from './methods/transactions.ts';

/** What anybody who reaches the public port may call. */
export const publicMethods: MethodTable = new Map<string, Method>([
  ['web3_clientVersion', read(0, network.clientVersion)],
  ['web3_sha3', read(1, network.sha3)],
  ['net_version', read(0, network.networkVersion)],
  ['net_listening', read(0, network.isListening)],
  ['net_peerCount', read(0, network.peerCount)],
  ['eth_chainId', read(0, network.chainId)],
  ['eth_syncing', read(0, network.syncing)],
  ['eth_accounts', read(0, network.accounts)],
  ['eth_coinbase', read(0, network.coinbase)],

  ['eth_blockNumber', read(0, blocks.blockNumber)],
  ['eth_getBlockByNumber', read(2, blocks.getBlockByNumber)],
  ['eth_getBlockByHash', read(2, blocks.getBlockByHash)],
  ['eth_getBlockReceipts', read(1, blocks.getBlockReceipts)],
  ['eth_getBlockTransactionCountByNumber', read(1, blocks.getTransactionCountByNumber)],
  ['eth_getBlockTransactionCountByHash', read(1, blocks.getTransactionCountByHash)],

  ['eth_getBalance', read(2, state.getBalance)],
  ['eth_getTransactionCount', read(2, state.getTransactionCount)],
  ['eth_getCode', read(2, state.getCode)],
  ['eth_getStorageAt', read(3, state.getStorageAt)],

  ['eth_call', read(3, calls.call)],
  ['eth_estimateGas', read(3, calls.estimate)],

  ['eth_gasPrice', read(0, fees.gasPrice)],
  ['eth_maxPriorityFeePerGas', read(0, fees.maxPriorityFeePerGas)],
  ['eth_feeHistory', read(3, fees.feeHistory)],

  ['eth_sendRawTransaction', ask(1, transactions.sendRawTransaction)],
  ['eth_getTransactionByHash', read(1, transactions.getTransactionByHash)],
  ['eth_getTransactionByBlockHashAndIndex', read(2, transactions.getTransactionByBlockHash)],
  ['eth_getTransactionByBlockNumberAndIndex', read(2, transactions.getTransactionByBlockNumber)],
  ['eth_getTransactionReceipt', read(1, transactions.getTransactionReceipt)],
  ['txpool_status', read(0, transactions.poolStatus)],

  ['eth_getLogs', read(1, logs.getLogs)],

  ['clique_getSigners', read(1, clique.getSigners)],
  ['clique_getSignersAtHash', read(1, clique.getSignersAtHash)],
  ['clique_getSnapshot', read(1, clique.getSnapshot)],
  ['clique_getSnapshotAtHash', read(1, clique.getSnapshotAtHash)],
  ['clique_proposals', read(0, clique.proposals)],
  ['clique_status', read(0, clique.status)],

  ['lockstep_status', read(0, lockstep.status)],
  ['lockstep_blockTree', read(0, lockstep.blockTree)],
  ['lockstep_stateRoots', read(2, lockstep.stateRoots)],
  ['lockstep_badBlocks', read(0, lockstep.badBlocks)],
]);

/** What changes how this node seals and votes, and what makes it work hard to explain itself: for the port that asks for a token. */
export const adminMethods: MethodTable = new Map<string, Method>([
  ['clique_propose', ask(2, clique.propose)],
  ['clique_discard', ask(1, clique.discard)],
  ['lockstep_setSealing', ask(2, lockstep.setSealing)],

  ['lockstep_mismatches', read(0, explain.mismatches)],
  ['lockstep_ownResult', read(1, explain.ownResult)],
  ['lockstep_block', read(1, explain.rawBlock)],
  ['lockstep_intermediateRoots', read(1, explain.intermediateRoots)],
  ['lockstep_witness', read(1, explain.witness)],
  ['lockstep_trieNodes', read(1, explain.trieNodes)],
  ['lockstep_code', read(1, explain.code)],
  ['lockstep_traceMarks', read(2, explain.traceMarks)],
  ['lockstep_traceSteps', read(4, explain.traceSteps)],
]);

/** All of them, for the operator's port. */
export const operatorMethods: MethodTable = new Map<string, Method>([...publicMethods, ...adminMethods]);

function read(parametersMax: number, run: (view: NodeView, params: readonly unknown[]) => Json): Method {
  return { kind: 'read', parametersMax, run };
}

function ask(parametersMax: number, run: (view: NodeView, params: readonly unknown[]) => PendingAnswer): Method {
  return { kind: 'ask', parametersMax, run };
}
