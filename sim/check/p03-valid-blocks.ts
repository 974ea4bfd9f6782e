// P3: every block that a correct node imports passes a validator that is not the node's own.

import { bytesToHex, concatBytes, type Hex, hexToBytes } from '../../node/lib/bytes.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { divideBigint } from '../../node/lib/integer.ts';
import { eventOfCorrect } from './follow.ts';
import type { NetworkFacts, Property, Violation } from './property.ts';
import { readBlock, type SeenBlock } from './seen-block.ts';
import {
  genesisStanding,
  judgeExtraData,
  limitOf,
  type Standing,
  standingAfter,
  type VotingRules,
  votingRules,
} from './signers.ts';

/** Keccak-256 of the empty list's RLP. */
const NO_OMMERS = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347';
/** The root of the empty trie. */
const NO_WITHDRAWALS = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;

export const validBlocks: Property = {
  id: 'P3',
  statement:
    'every canonical block passes a separate validator: header rules, signer, recents, difficulty, time, gas, roots',
  watch(facts) {
    const rules = votingRules(facts);
    const blocks = new Map<Hex, SeenBlock>([[facts.genesisHash, genesisBlock(facts)]]);
    /** Behind each block, who may seal. Where the chain was joined midway, that is taken to be as in the genesis. */
    const standings = new Map<Hex, Standing>();
    const origin = genesisStanding(facts);
    /** What nodes found in their stores at a start: nobody may have told of it before a kill. */
    const stored = new Set<Hex>();
    let checked = 0;
    return {
      observe(observation) {
        const started = eventOfCorrect(facts, observation, 'started');
        for (const hash of started?.event.stored.hashes ?? []) stored.add(hash);
        const seen = eventOfCorrect(facts, observation, 'executed');
        if (seen === null || !seen.event.agrees || blocks.has(seen.event.block.hash)) return [];
        const block = readBlock(seen.event.rlp);
        blocks.set(seen.event.block.hash, block);
        checked += 1;
        const standing = standings.get(block.parentHash) ?? origin;
        standings.set(
          block.hash,
          block.signer === null ? standing : standingAfter(block, block.signer, rules, standing),
        );
        const { own } = seen.event;
        const isAsExecuted = own.stateRoot === block.stateRoot && own.receiptsRoot === block.receiptsRoot;
        const problem = isAsExecuted
          ? judge(block, { blocks, stored, standing, rules }, facts, seen.event.block.hash)
          : 'its roots are not those that were computed';
        if (problem === null) return [];
        const evidence = `${seen.node} imported block ${block.number} ${block.hash}: ${problem}`;
        return [{ id: 'P3', evidence, atMs: seen.atMs } satisfies Violation];
      },
      finish: () => ({ violations: [], evidence: `${checked} blocks validated apart from the nodes` }),
    };
  },
};

/** What a block is judged by: what came before it, and who might seal on its parent. */
type Past = {
  readonly blocks: ReadonlyMap<Hex, SeenBlock>;
  readonly stored: ReadonlySet<Hex>;
  readonly standing: Standing;
  readonly rules: VotingRules;
};

/** What is wrong with a block, or null. */
function judge(block: SeenBlock, past: Past, facts: NetworkFacts, reported: Hex): string | null {
  const { blocks, stored } = past;
  const parent = blocks.get(block.parentHash);
  if (block.hash !== reported) return `its bytes hash to ${block.hash}, not to ${reported}`;
  if (parent === undefined) {
    if (stored.has(block.parentHash) || block.number - 1 <= (facts.horizon ?? -1)) return judgeSeal(block, past);
    return `its parent ${block.parentHash} was never imported`;
  }
  if (block.number !== parent.number + 1) return `number ${block.number} after ${parent.number}`;
  const periodSeconds = divideBigint(BigInt(facts.periodMs), 1_000n);
  if (block.timestamp < parent.timestamp + periodSeconds)
    return `timestamp ${block.timestamp} after ${parent.timestamp}`;
  const step = divideBigint(parent.gasLimit, 1_024n);
  const moved = block.gasLimit > parent.gasLimit ? block.gasLimit - parent.gasLimit : parent.gasLimit - block.gasLimit;
  if (moved >= step || block.gasLimit < 5_000n) return `gas limit ${block.gasLimit} after ${parent.gasLimit}`;
  if (block.gasUsed > block.gasLimit) return `gas used ${block.gasUsed} of ${block.gasLimit}`;
  const baseFee = baseFeeAfter(parent);
  if (block.baseFee !== baseFee) return `base fee ${block.baseFee}, expected ${baseFee}`;
  if (block.ommersHash !== NO_OMMERS) return `ommersHash ${block.ommersHash}`;
  if (block.nonce !== '0x0000000000000000') return `nonce ${block.nonce}`;
  const extraProblem = judgeExtraData(block, past.rules, past.standing);
  if (extraProblem !== null) return extraProblem;
  if (block.withdrawalsRoot !== NO_WITHDRAWALS) return `withdrawalsRoot ${block.withdrawalsRoot}`;
  if (block.blobGasUsed !== 0n || block.excessBlobGas !== 0n)
    return `blob gas ${block.blobGasUsed}, excess ${block.excessBlobGas}`;
  if (block.parentBeaconBlockRoot !== ZERO_HASH) return `parentBeaconBlockRoot ${block.parentBeaconBlockRoot}`;
  const mixHash = bytesToHex(keccak256(concatBytes(hexToBytes(parent.mixHash), parent.seal)));
  if (block.mixHash !== mixHash) return `mixHash ${block.mixHash}, expected ${mixHash}`;
  return judgeSeal(block, past);
}

function judgeSeal(block: SeenBlock, { blocks, standing, rules }: Past): string | null {
  const { signers } = standing;
  const { signer } = block;
  const limit = limitOf(rules, standing);
  if (signer === null || !signers.includes(signer)) return `sealed by ${signer}, who is no signer`;
  if (block.miner !== signer) return `miner ${block.miner}, sealed by ${signer}`;
  const isInTurn = block.number % signers.length === signers.indexOf(signer);
  if (block.difficulty !== (isInTurn ? 2n : 1n))
    return `difficulty ${block.difficulty} ${isInTurn ? 'in' : 'out of'} turn`;
  let ancestor = blocks.get(block.parentHash);
  for (let back = 1; back < limit && ancestor !== undefined && ancestor.number > 0; back++) {
    if (ancestor.signer === signer) return `${signer} sealed block ${ancestor.number} too, within ${limit} blocks`;
    ancestor = blocks.get(ancestor.parentHash);
  }
  return null;
}

/** EIP-1559: an eighth of the relative distance from half the gas limit, at least 1 upwards. */
function baseFeeAfter(parent: SeenBlock): bigint {
  const target = divideBigint(parent.gasLimit, 2n);
  if (parent.gasUsed === target) return parent.baseFee;
  const distance = parent.gasUsed > target ? parent.gasUsed - target : target - parent.gasUsed;
  const change = divideBigint(divideBigint(parent.baseFee * distance, target), 8n);
  if (parent.gasUsed < target) return parent.baseFee - change;
  return parent.baseFee + (change > 1n ? change : 1n);
}

/** The genesis block as far as its child is judged by it, from geth's file. */
function genesisBlock(facts: NetworkFacts): SeenBlock {
  const file = facts.genesis as Readonly<Record<string, string>>; // the nodes have read and checked this very file
  const extraData = hexToBytes(file['extraData'] ?? '0x');
  return {
    hash: facts.genesisHash,
    parentHash: ZERO_HASH,
    ommersHash: NO_OMMERS,
    miner: `0x${'00'.repeat(20)}`,
    stateRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    logsBloom: '0x',
    difficulty: BigInt(file['difficulty'] ?? 0),
    number: 0,
    gasLimit: BigInt(file['gasLimit'] ?? 0),
    gasUsed: 0n,
    timestamp: BigInt(file['timestamp'] ?? 0),
    mixHash: (file['mixHash'] ?? file['mixhash'] ?? ZERO_HASH) as Hex,
    nonce: '0x0000000000000000',
    baseFee: BigInt(file['baseFeePerGas'] ?? 1_000_000_000),
    withdrawalsRoot: NO_WITHDRAWALS,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: '0x',
    extraData,
    seal: extraData.subarray(extraData.length - 65),
    signer: null,
  };
}
