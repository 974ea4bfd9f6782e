// Attestations in a large network: of every block a few nodes, drawn by its id, sign what their machine computed and tell their direct
// peers, who verify the signature and compare. The messages, digests and signatures are a node's own; the drawing is the model's.

import { nodeKeyOf } from '../../node/config/keys.ts';
import {
  attestationDigest,
  attester,
  decodeAttestationsRequest,
  encodeAttestationsRequest,
  sameResult,
} from '../../node/core/wire/attestation.ts';
import { assert, present } from '../../node/lib/assert.ts';
import { createRandom } from '../../node/lib/random.ts';
import { addressOfKey, signDigest } from '../../node/lib/signatures.ts';
import { isRejection } from '../../node/types/rejection.ts';
import type { Address, Hash } from '../../node/types/transaction.ts';
import type { LedgerBlock } from './ledger.ts';
import type { Mesh } from './mesh.ts';
import { createSpread } from './spread.ts';

export type AttestingOptions = {
  readonly seed: string;
  readonly attesters: number;
  readonly mesh: Mesh;
  readonly salt: number;
  readonly genesisHash: Hash;
  readonly machineOf: (node: number) => number;
  readonly handlingTicks: number;
};

export type Attesting = {
  /** The nodes that speak of a block. */
  readonly sample: (block: number) => ReadonlySet<number>;
  /** A node has executed a block: if it is one of those, it signs the result and tells its peers. */
  readonly tell: (block: LedgerBlock, node: number, tick: number, attesters: ReadonlySet<number>) => void;
  /** Between two sides nothing is told; null heals. */
  readonly cut: (sides: Uint8Array | null) => void;
  readonly nextTick: () => number | null;
  readonly arrive: (tick: number) => void;
  readonly counts: () => AttestingCounts;
};

/** Attestations signed, those that peers heard and verified, and how they compared with the hearer's own result. */
export type AttestingCounts = {
  readonly signed: number;
  readonly heard: number;
  readonly agreeing: number;
  readonly differing: number;
};

type Told = { readonly bytes: Uint8Array; readonly block: LedgerBlock; readonly from: number };

/** Nobody has spoken yet. */
export function createAttesting(options: AttestingOptions): Attesting {
  const { seed, mesh, genesisHash, machineOf } = options;
  const attesters = Math.min(options.attesters, mesh.nodes);
  const { salt, handlingTicks } = options;
  const spread = createSpread({ mesh, salt: salt ^ 0x0a77_e577, handlingTicks, hopeless: 'dropped' });
  const keys = new Map<number, { readonly key: Uint8Array; readonly address: Address }>();
  const told = new Map<number, Told>();
  const counts = { signed: 0, heard: 0, agreeing: 0, differing: 0 };

  function keyOf(node: number) {
    let known = keys.get(node);
    if (known === undefined) {
      const key = nodeKeyOf(seed, String(node));
      known = { key, address: addressOfKey(key) };
      keys.set(node, known);
    }
    return known;
  }

  function hear(slot: number, peer: number): void {
    const { bytes, block, from } = present(told.get(slot), 'an attestation under way');
    const attestations = decodeAttestationsRequest(bytes);
    assert(!isRejection(attestations), 'an attestation of ours decodes');
    for (const attestation of attestations) {
      assert(attester(genesisHash, attestation) === keyOf(from).address, 'an attestation of ours is its sender’s');
      counts.heard += 1;
      const own = block.results[machineOf(peer)] ?? null;
      if (own === null) continue;
      if (sameResult(attestation, { ...attestation, ...own })) counts.agreeing += 1;
      else counts.differing += 1;
    }
    finish(slot);
  }

  function finish(slot: number): void {
    if (spread.underWay(slot) > 0) return;
    told.delete(slot);
    spread.close(slot);
  }

  return {
    sample(block) {
      const random = createRandom(`${seed}/attesters/${block}`);
      const drawn = new Set<number>();
      while (drawn.size < attesters) drawn.add(random.below(mesh.nodes));
      return drawn;
    },
    tell(block, node, tick, speakers) {
      const result = speakers.has(node) ? (block.results[machineOf(node)] ?? null) : null;
      if (result === null) return;
      const { stateRoot, receiptsRoot, gasUsed } = result;
      const said = { number: block.number, blockHash: block.hash, stateRoot, receiptsRoot, gasUsed };
      const signature = signDigest(attestationDigest(genesisHash, said), keyOf(node).key);
      const bytes = encodeAttestationsRequest([{ ...said, signature }]);
      counts.signed += 1;
      const slot = spread.open(counts.signed, bytes.length);
      told.set(slot, { bytes, block, from: node });
      spread.give(slot, node);
      spread.forward(slot, node, tick);
      finish(slot);
    },
    cut: spread.cut,
    nextTick: spread.nextTick,
    arrive: (tick) => spread.arrive(tick, hear),
    counts: () => ({ ...counts }),
  };
}
