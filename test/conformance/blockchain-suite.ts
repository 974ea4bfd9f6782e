// The suites `blockchain` (official chains, good and bad blocks) and `rpc-chains` (the chains behind the JSON-RPC tests, from a genesis.json).

import { isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { DecodeError, decodeRlpSequence } from '../../node/lib/rlp.ts';
import { type Block, blockFromItem } from '../../node/types/block.ts';
import { type BlockchainLine, createTestChain, runBlockchainCase } from './blockchain-case.ts';
import { type Case, difference, isWanted, type Report, report, type Selection } from './case.ts';
import { hasVectors, type PackedFile, readGzipLines, readZstdLines } from './vectors.ts';

export const BLOCKCHAIN_PACKS = ['eest-blockchain', 'ethtests-blocks'] as const;

export function blockchainPackFile(pack: (typeof BLOCKCHAIN_PACKS)[number]): string {
  return `blockchain/${pack}.jsonl.zst`;
}

/** Runs the selected cases of a pack, one after the other. */
export async function* runBlockchainPack(
  machine: Machine,
  pack: (typeof BLOCKCHAIN_PACKS)[number],
  selection: Selection,
): AsyncGenerator<Report> {
  const { shard } = selection;
  let index = -1;
  for await (const text of readZstdLines(blockchainPackFile(pack))) {
    index++;
    if (index % shard.of !== shard.index) continue;
    const line = JSON.parse(text) as BlockchainLine;
    if (isWanted(selection, line.id, line.network)) yield runBlockchainLine(machine, line);
  }
}

/** Runs one case, or says why there are no rules for it. */
export function runBlockchainLine(machine: Machine, line: BlockchainLine): Report {
  const { id, network } = line;
  return report(id, network, () => {
    const { unruled, wrong, unnamedReason } = runBlockchainCase(machine, line);
    if (unruled !== null) return { verdict: 'skipped', detail: unruled };
    return { verdict: wrong === null ? 'passed' : 'failed', detail: wrong, unnamedReason };
  });
}

const RPC_PACKS = ['cancun-genesis', 'prague-genesis', 'osaka-all-forks'] as const;

/** The chains of the JSON-RPC tests: from Frontier over the merge to Osaka, block by block. */
export function rpcChainCases(machine: Machine): Case[] {
  return RPC_PACKS.filter((pack) => hasVectors(rpcPackFile(pack))).map((pack) => ({
    id: `rpc-compat/${pack}`,
    run: () => importRpcChain(machine, pack),
  }));
}

function rpcPackFile(pack: string): string {
  return `rpc-compat/${pack}.jsonl.gz`;
}

function importRpcChain(machine: Machine, pack: string): string | null {
  const files = readGzipLines(rpcPackFile(pack)) as PackedFile[];
  const read = (name: string): string => files.find(({ path }) => path === `tests/${name}`)?.data ?? '';
  const genesis = parseGenesis(JSON.parse(read('genesis.json')));
  if (isGenesisProblem(genesis)) return genesis.message;
  const chain = createTestChain(genesis, machine);
  for (const block of decodeBlocks(Buffer.from(read('chain.rlp'), 'base64'))) {
    const outcome = chain.importBlock(block, Number.MAX_SAFE_INTEGER);
    if (outcome.kind === 'refused')
      return `block ${block.header.number}: refused, ${outcome.rejection.code}: ${outcome.rejection.message}`;
  }
  const { params } = JSON.parse(read('headfcu.json')) as { params: [{ headBlockHash: string }] };
  return difference('head', params[0].headBlockHash, chain.head().hash);
}

function decodeBlocks(bytes: Uint8Array): readonly Block[] {
  try {
    return decodeRlpSequence(bytes).map(blockFromItem);
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}
