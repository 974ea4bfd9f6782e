// Who said what about which block: kept by block, bounded by node and in nodes, and compared. No signatures and no messages here.

import { compareText } from '../lib/bytes.ts';
import type { Address, Hash } from '../types/transaction.ts';
import type { NodeName } from './contract.ts';
import { ATTESTATIONS_PER_NODE_MAX, STRANGERS_MAX } from './limits.ts';
import { type SignedAttestation, sameResult } from './wire/attestation.ts';

/** An attestation whose signature was verified. */
export type Statement = {
  readonly attestation: SignedAttestation;
  readonly nodeAddress: Address;
  readonly node: NodeName | null;
};

/** Everything that was said about one block. */
export type BlockBook = {
  readonly number: number;
  readonly hash: Hash;
  /** By node, in the order of arrival. */
  readonly statements: ReadonlyMap<Address, Statement>;
};

export type AttestationBook = {
  /** Keeps a node's first statement about a block; false where it had made one. */
  readonly keep: (statement: Statement) => boolean;
  readonly of: (hash: Hash) => BlockBook | null;
  /** Forgets everything below a height. */
  readonly forgetBelow: (number: number) => void;
  readonly size: () => number;
};

export function createAttestationBook(): AttestationBook {
  const books = new Map<Hash, BlockBook & { readonly statements: Map<Address, Statement> }>();
  const byNode = new Map<Address, Set<Hash>>(); // each in the order of arrival
  const strangers = new Set<Address>(); // in the order in which they were last heard

  function remove(node: Address, hash: Hash): void {
    byNode.get(node)?.delete(hash);
    const book = books.get(hash);
    book?.statements.delete(node);
    if (book?.statements.size === 0) books.delete(hash);
  }

  function limit(node: Address, hashes: Set<Hash>): void {
    for (const oldest of hashes) {
      if (hashes.size <= ATTESTATIONS_PER_NODE_MAX) return;
      remove(node, oldest);
    }
  }

  /** Keys outside of the configured list cost nothing: whoever was heard longest ago gives way. */
  function limitStrangers(latest: Address): void {
    strangers.delete(latest);
    strangers.add(latest);
    for (const oldest of strangers) {
      if (strangers.size <= STRANGERS_MAX) return;
      strangers.delete(oldest);
      for (const hash of byNode.get(oldest) ?? []) remove(oldest, hash);
      byNode.delete(oldest);
    }
  }

  return {
    keep(statement) {
      const { nodeAddress, attestation } = statement;
      const { blockHash: hash, number } = attestation;
      let book = books.get(hash);
      if (book?.statements.has(nodeAddress)) return false;
      if (book === undefined) {
        book = { number, hash, statements: new Map() };
        books.set(hash, book);
      }
      book.statements.set(nodeAddress, statement);
      const hashes = byNode.get(nodeAddress) ?? new Set();
      byNode.set(nodeAddress, hashes);
      hashes.add(hash);
      limit(nodeAddress, hashes);
      if (statement.node === null) limitStrangers(nodeAddress);
      return true;
    },
    of: (hash) => books.get(hash) ?? null,
    forgetBelow(number) {
      for (const book of [...books.values()]) {
        if (book.number >= number) continue;
        for (const node of [...book.statements.keys()]) remove(node, book.hash);
      }
    },
    size: () => books.size,
  };
}

/**
 * Groups statements by result, the largest group first, ties by state root, then by what is left of the result; within a group by name.
 * More than one group is a divergence.
 */
export function groupByResult(statements: Iterable<Statement>): readonly (readonly Statement[])[] {
  const groups: Statement[][] = [];
  for (const statement of statements) {
    const group = groups.find(([first]) => first !== undefined && sameResult(first.attestation, statement.attestation));
    if (group === undefined) groups.push([statement]);
    else group.push(statement);
  }
  for (const group of groups) group.sort((a, b) => compareText(nameOf(a), nameOf(b)));
  return groups.sort((a, b) => b.length - a.length || compareText(resultText(a), resultText(b)));
}

/** The first field that differs; null where none does. */
export function differingField(
  a: SignedAttestation,
  b: SignedAttestation,
): 'stateRoot' | 'receiptsRoot' | 'gasUsed' | null {
  if (a.stateRoot !== b.stateRoot) return 'stateRoot';
  if (a.receiptsRoot !== b.receiptsRoot) return 'receiptsRoot';
  return a.gasUsed === b.gasUsed ? null : 'gasUsed';
}

/** Configured nodes by name, before those without one, which go by their address. */
function nameOf({ node, nodeAddress }: Statement): string {
  return node === null ? `~${nodeAddress}` : node;
}

function resultText(group: readonly Statement[]): string {
  const [first] = group;
  return first === undefined
    ? ''
    : `${first.attestation.stateRoot} ${first.attestation.receiptsRoot} ${first.attestation.gasUsed}`;
}
