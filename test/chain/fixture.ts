// A small network without a network: signers with known keys, chains over memory, and blocks sealed in whose turn it is.

import type { Chain, ImportOutcome } from '../../node/chain/chain.ts';
import { createChain } from '../../node/chain/create-chain.ts';
import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { type Genesis, isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { createClique } from '../../node/consensus/clique/engine.ts';
import type { Engine } from '../../node/consensus/engine.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import { compareText, EMPTY_BYTES, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { createRandom } from '../../node/lib/random.ts';
import { addressOfKey, signDigest } from '../../node/lib/signatures.ts';
import { createOverlay, type Overlay, type StoreReader } from '../../node/lib/store.ts';
import type { Block } from '../../node/types/block.ts';
import {
  type Address,
  type FeeMarketTransaction,
  signTransaction,
  type Transaction,
} from '../../node/types/transaction.ts';

export const GWEI = 1_000_000_000n;
export const ETHER = 10n ** 18n;

/** Keys of five signers, their addresses ascending. */
export const SIGNERS = keysFrom('signer', 5);
/** Keys of four funded accounts. */
export const ACCOUNTS = keysFrom('account', 4);
const KEYS = new Map([...SIGNERS, ...ACCOUNTS].map(({ address, key }) => [address, key]));

/** What differs from a plain network. */
export type GenesisChange = {
  readonly signers?: number;
  readonly period?: number;
  readonly signerLimit?: number;
  readonly gasLimit?: number;
};

/** More gas than the default has, so that a transaction at EIP-7825's cap fits. */
const GAS_LIMIT = 36_000_000;

export function testGenesisJson(change: GenesisChange = {}): Record<string, unknown> {
  const { signers = 5, period = 1, gasLimit = GAS_LIMIT, ...rest } = change;
  const json = createDefaultGenesis({
    signers: SIGNERS.slice(0, signers).map(({ address }) => address),
    period,
    accounts: ACCOUNTS.map(({ address }) => address),
    gasLimit,
    ...rest,
  });
  return json as Record<string, unknown>;
}

export function testGenesis(change: GenesisChange = {}): Genesis {
  return parsed(testGenesisJson(change));
}

export function parsed(json: unknown): Genesis {
  const genesis = parseGenesis(json);
  if (isGenesisProblem(genesis)) throw new Error(genesis.message);
  return genesis;
}

/** A store in memory that the overlay's writes can be put into. */
export type MemoryStore = StoreReader & { readonly entries: Map<string, Uint8Array> };

export function createMemoryStore(): MemoryStore {
  const entries = new Map<string, Uint8Array>();
  return { entries, get: (key) => entries.get(key) };
}

/** Does what a driver does after a step: the overlay's writes reach the store. */
export function flush(overlay: Overlay, store: MemoryStore): void {
  for (const { key, value } of overlay.take()) {
    if (value === null) store.entries.delete(key);
    else store.entries.set(key, value);
  }
  overlay.settle();
}

export function createTestChain(
  options: { readonly genesis?: Genesis; readonly overlay?: Overlay; readonly engine?: Engine } = {},
): Chain {
  const genesis = options.genesis ?? testGenesis();
  const engine = options.engine ?? createClique(genesis.config.clique!);
  const overlay = options.overlay ?? createOverlay({ get: () => undefined });
  const machine = createInterpreter();
  return createChain({ genesis, engine, machine, overlay, gasLimitTarget: 30_000_000, random: createRandom('test') });
}

export function keyOf(address: Address): Uint8Array {
  return KEYS.get(address)!;
}

/** Builds a child of the head by a signer, without importing it. */
export function buildBy(chain: Chain, signer: Address, candidates: readonly Transaction[] = [], laterBy = 0): Block {
  const plan = chain.plan(signer);
  if (plan.kind !== 'seal') throw new Error(`${signer} waits: ${plan.reason}`);
  const sign = (digest: Uint8Array) => signDigest(digest, keyOf(signer));
  return chain.build({ signer, sign, timestamp: plan.timestamp + laterBy, proposals: [], candidates }).block;
}

/** Who may seal on the head, in turn first. */
export function sealersOf(chain: Chain): readonly Address[] {
  const plans = chain.headSnapshot().signers.map((signer) => ({ signer, plan: chain.plan(signer) }));
  const may = plans.flatMap(({ signer, plan }) => (plan.kind === 'seal' ? [{ signer, inTurn: plan.inTurn }] : []));
  return may.sort((a, b) => Number(b.inTurn) - Number(a.inTurn)).map(({ signer }) => signer);
}

/** Seals a block in turn and imports it. */
export function sealNext(chain: Chain, candidates: readonly Transaction[] = []): Block {
  const block = buildBy(chain, sealersOf(chain)[0]!, candidates);
  mustImport(chain, block);
  return block;
}

/** Long after every test chain. */
export const LATE_MS = 1_000_000_000_000;

export function mustImport(chain: Chain, block: Block): ImportOutcome & { readonly kind: 'imported' } {
  const outcome = chain.importBlock(block, LATE_MS);
  if (outcome.kind !== 'imported')
    throw new Error(
      outcome.kind === 'refused' ? `${outcome.rejection.code}: ${outcome.rejection.message}` : outcome.kind,
    );
  return outcome;
}

/** A transfer of one gwei from an account, or what else is asked for. */
export function transfer(
  from: number,
  nonce: bigint,
  change: Partial<FeeMarketTransaction> = {},
): FeeMarketTransaction {
  return signTransaction(
    {
      type: 2,
      chainId: 1337n,
      nonce,
      gasLimit: 21_000,
      to: ACCOUNTS[(from + 1) % ACCOUNTS.length]!.address,
      value: GWEI,
      data: EMPTY_BYTES,
      accessList: [],
      maxFeePerGas: 10n * GWEI,
      maxPriorityFeePerGas: GWEI,
      ...change,
    },
    ACCOUNTS[from]!.key,
  );
}

function keysFrom(name: string, count: number): readonly { readonly key: Uint8Array; readonly address: Address }[] {
  return Array.from({ length: count }, (_, i) => keccak256(utf8ToBytes(`${name} ${i}`)))
    .map((key) => ({ key, address: addressOfKey(key) }))
    .sort((a, b) => compareText(a.address, b.address));
}
