// The other implementation: @ethereumjs/vm over a state of plain maps. One of its machines serves all cases of a fork.

import type { Block } from '@ethereumjs/block';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { EVMError, type Log as PeerLog } from '@ethereumjs/evm';
import {
  createAccessList2930Tx,
  createBlob4844Tx,
  createEOACode7702Tx,
  createFeeMarket1559Tx,
  createLegacyTx,
  paramsTx,
  type TypedTransaction,
} from '@ethereumjs/tx';
import { createVM, runTx, type VM } from '@ethereumjs/vm';
import { precompileAt } from '../../node/evm/precompiles/index.ts';
import { verifyKzgProof } from '../../node/evm/precompiles/kzg.ts';
import { bytesToHex, hexToBytes, quantity } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { type Fork, includesFork } from '../../node/types/config.ts';
import type { Log } from '../../node/types/receipt.ts';
import type { Address, Transaction } from '../../node/types/transaction.ts';
import {
  blockHash,
  contextOf,
  type FuzzBlock,
  type FuzzCase,
  type FuzzTransaction,
  senderOf,
  type World,
} from './case.ts';
import { createPeerState, type PeerState, peerAddress } from './ethereumjs-state.ts';
import type { Outcome } from './outcome.ts';
import { REFUSED, transactionOf } from './tiers.ts';

const HARDFORKS: Readonly<Record<Fork, Hardfork>> = {
  Frontier: Hardfork.Chainstart,
  Homestead: Hardfork.Homestead,
  TangerineWhistle: Hardfork.TangerineWhistle,
  SpuriousDragon: Hardfork.SpuriousDragon,
  Byzantium: Hardfork.Byzantium,
  Constantinople: Hardfork.Constantinople,
  Petersburg: Hardfork.Petersburg,
  Istanbul: Hardfork.Istanbul,
  MuirGlacier: Hardfork.MuirGlacier,
  Berlin: Hardfork.Berlin,
  London: Hardfork.London,
  ArrowGlacier: Hardfork.ArrowGlacier,
  GrayGlacier: Hardfork.GrayGlacier,
  Paris: Hardfork.Paris,
  Shanghai: Hardfork.Shanghai,
  Cancun: Hardfork.Cancun,
  Prague: Hardfork.Prague,
  Osaka: Hardfork.Osaka,
};

/** A case under way there. */
export type PeerRun = {
  readonly apply: (transaction: FuzzTransaction) => Promise<Outcome>;
  /** Goes on from another state. */
  readonly load: (world: World) => void;
  readonly world: () => World;
};

export type Peer = { readonly startCase: (of: FuzzCase) => Promise<PeerRun> };

type ForkPeer = { readonly vm: VM; readonly state: PeerState; readonly common: Common };

/** Creates the other implementation, with our keccak behind its function for that: its own is slow, and the same. */
export function createPeer(): Peer {
  const peers = new Map<Fork, ForkPeer>();
  return {
    async startCase({ fork, block, world }) {
      let peer = peers.get(fork);
      if (peer === undefined) {
        peer = await createForkPeer(fork);
        peers.set(fork, peer);
      }
      const { state } = peer;
      state.load(world);
      return { world: state.world, load: state.load, apply: (transaction) => apply(peer, fork, block, transaction) };
    },
  };
}

async function createForkPeer(fork: Fork): Promise<ForkPeer> {
  const common = new Common({ chain: Mainnet, hardfork: HARDFORKS[fork], customCrypto: { keccak256, kzg: KZG } });
  const state = createPeerState();
  const blockchain = {
    getBlock: async (number: number) => ({ hash: () => hexToBytes(blockHash(number)) }),
    putBlock: async () => {},
    shallowCopy: () => blockchain,
  };
  const vm = await createVM({ common, stateManager: state, blockchain });
  updateParamsOnce(common);
  return { vm, state, common };
}

/** Every transaction that is made brings the same parameters, and has all of them copied: a third of what a small one costs. */
function updateParamsOnce(common: Common): void {
  const update = common.updateParams.bind(common);
  update(paramsTx); // some are read before a transaction's constructor brings them
  const known = new Set<unknown>([paramsTx]);
  common.updateParams = (params) => {
    if (!known.has(params)) update(params);
    known.add(params);
  };
}

/** The library leaves KZG to its users. This proof is not independent of ours: the official vectors are what checks it. */
const KZG = {
  verifyProof(commitment: string, z: string, y: string, proof: string): boolean {
    const [c, at, value, p] = [commitment, z, y, proof].map(hexToBytes);
    if (c === undefined || at === undefined || value === undefined || p === undefined) return false;
    return verifyKzgProof({ commitment: c, z: at, y: value, proof: p }) === true;
  },
  blobToKzgCommitment: noBlobs,
  computeBlobProof: noBlobs,
  verifyBlobProofBatch: noBlobs,
  computeCells: noBlobs,
  computeCellsAndProofs: noBlobs,
  recoverCellsAndProofs: noBlobs,
  verifyCellKzgProofBatch: noBlobs,
};

function noBlobs(): never {
  throw new Error('no blobs here');
}

async function apply(
  { vm, state, common }: ForkPeer,
  fork: Fork,
  block: FuzzBlock,
  transaction: FuzzTransaction,
): Promise<Outcome> {
  const sender = peerAddress(senderOf(transaction).address);
  const nonce = (await state.getAccount(sender))?.nonce ?? 0n;
  let result: Awaited<ReturnType<typeof runTx>>;
  try {
    const tx = peerTransaction(transactionOf(transaction, fork, nonce), common);
    tx.getSenderAddress = () => sender;
    result = await runTx(vm, { tx, block: peerBlock(block, fork), skipHardForkValidation: true });
  } catch (error) {
    if (error instanceof Error && isRefusal(error)) return { ...REFUSED, steps: null };
    throw error;
  }
  const { exceptionError, logs = [], returnValue } = result.execResult;
  return {
    status: statusOf(exceptionError?.error ?? null, fork, transaction.to),
    reason: null,
    gasUsed: Number(result.totalGasSpent),
    // where EIP-7623's floor decides, it says zero
    refund: result.gasRefund === 0n ? null : Number(result.gasRefund),
    output: returnValue,
    logs: logs.map(logOf),
    created: (result.createdAddress?.toString() ?? null) as Address | null, // lower-case hex
    steps: null,
  };
}

function statusOf(error: string | null, fork: Fork, to: Address | null): Outcome['status'] {
  if (error === null || (error === CODESTORE_OUT_OF_GAS && fork === 'Frontier')) return 'success'; // EIP-2 made it a failure
  // a precompiled contract that fails calls it a revert, but takes all gas
  const isPrecompile = to !== null && precompileAt(fork, to) !== null;
  return error === REVERT && !isPrecompile ? 'revert' : 'halt';
}

const { CODESTORE_OUT_OF_GAS, REVERT } = EVMError.errorMessages;

/** Whether an error is a verdict about the transaction. All others are the library's own, and are not swallowed. */
function isRefusal(error: Error): boolean {
  return error.constructor.name === 'EthereumJSError';
}

function logOf([address, topics, data]: PeerLog): Log {
  return { address: bytesToHex(address), topics: topics.map(bytesToHex), data };
}

/** The fields of a header that are read. A real one would have to be of a valid block, and its making costs more than the transaction's. */
function peerBlock(block: FuzzBlock, fork: Fork): Block {
  const { blobBaseFee } = contextOf(block);
  return {
    header: {
      number: BigInt(block.number),
      timestamp: BigInt(block.timestamp),
      coinbase: peerAddress(block.coinbase),
      difficulty: block.difficulty,
      prevRandao: hexToBytes(block.prevRandao),
      gasLimit: BigInt(block.gasLimit),
      gasUsed: 0n,
      baseFeePerGas: includesFork(fork, 'London') ? block.baseFee : undefined,
      getBlobGasPrice: () => blobBaseFee,
    },
  } as unknown as Block; // only these fields are read
}

function peerTransaction(tx: Transaction, common: Common): TypedTransaction {
  const { nonce, gasLimit, to, value, data } = tx;
  const fields = { nonce, gasLimit: BigInt(gasLimit), ...(to !== null && { to: peerAddress(to) }), value, data };
  const options = { common, freeze: false };
  if (tx.type === 0) return createLegacyTx({ ...fields, gasPrice: tx.gasPrice }, options);
  const { chainId } = tx;
  const accessList = tx.accessList.map(({ address, storageKeys }) => ({ address, storageKeys: [...storageKeys] }));
  if (tx.type === 1) return createAccessList2930Tx({ ...fields, chainId, accessList, gasPrice: tx.gasPrice }, options);
  const { maxFeePerGas, maxPriorityFeePerGas } = tx;
  const typed = { ...fields, chainId, accessList, maxFeePerGas, maxPriorityFeePerGas };
  if (tx.type === 2) return createFeeMarket1559Tx(typed, options);
  if (tx.type === 3) {
    const { maxFeePerBlobGas, blobVersionedHashes } = tx;
    return createBlob4844Tx({ ...typed, maxFeePerBlobGas, blobVersionedHashes: [...blobVersionedHashes] }, options);
  }
  const authorizationList = tx.authorizationList.map((entry) => ({
    chainId: quantity(entry.chainId),
    address: entry.address,
    nonce: quantity(entry.nonce),
    yParity: quantity(entry.yParity),
    r: quantity(entry.r),
    s: quantity(entry.s),
  }));
  return createEOACode7702Tx({ ...typed, authorizationList }, options);
}
