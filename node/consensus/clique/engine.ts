// Clique, proof of authority (EIP-225) with EIP-3436's order on heads. It forks under a partition and heals afterwards; nothing is final.
// Where it leaves the EIP, for the tools' sake: `miner` is always the sealer, `nonce` is zero, a vote stands in the vanity
// (extra-data.ts), and mixHash is a chain of seals (verify.ts).

import { assert } from '../../lib/assert.ts';
import { addWide } from '../../lib/wide.ts';
import type { CliqueConfig } from '../../types/config.ts';
import { type Header, ZERO_ADDRESS, ZERO_NONCE } from '../../types/header.ts';
import { isRejection } from '../../types/rejection.ts';
import type { Address } from '../../types/transaction.ts';
import type { Engine, Proposal, Snapshot } from '../engine.ts';
import { encodeExtraData } from './extra-data.ts';
import { compareTips } from './fork-choice.ts';
import { planSealing } from './plan.ts';
import { safeHeader } from './safe.ts';
import { recoverSealer, sealHeader } from './seal.ts';
import { applyHeader, genesisSnapshot, isCheckpoint, pickProposal, signerLimit } from './snapshot.ts';
import { DIFF_INTURN, difficultyOf, nextMixHash, verifyHeader } from './verify.ts';

/** Creates the engine. Asserts whole constants of at least 1: the configuration's reader refuses others. */
export function createClique(config: CliqueConfig): Engine {
  for (const [name, value] of [
    ['period', config.period],
    ['epoch', config.epoch],
    ['signerLimit', config.signerLimit ?? 1],
  ] as const)
    assert(Number.isSafeInteger(value) && value >= 1, `clique: ${name} ${value}`);

  return {
    name: 'clique',
    maxAheadSeconds: config.period,
    hasFinality: false,
    genesisSnapshot,
    verifyHeader: (header, parent, parentSnapshot) => verifyHeader(config, header, parent, parentSnapshot),
    apply: (parentSnapshot, header) => applyHeader(config, parentSnapshot, header),
    sealer,
    isInTurn: (header) => header.number > 0 && header.difficulty === DIFF_INTURN,
    executionFields: (header) => ({ coinbase: header.miner, prevRandao: header.mixHash }),
    plan: (parent, parentSnapshot, signer, random) => planSealing(config, parent, parentSnapshot, signer, random),
    prepare: (parent, parentSnapshot, signer, timestamp, proposals) =>
      prepare(config, { parent, parentSnapshot, signer, timestamp, proposals }),
    seal: sealHeader,
    compareTips,
    signersNeeded: (snapshot) => signerLimit(config, snapshot.signers.length),
    safe: safeHeader,
  };
}

/** Recovers rather than trusting `miner`, so that it also answers for headers that tools bring. */
function sealer(header: Header): Address {
  if (header.number === 0) return ZERO_ADDRESS;
  const recovered = recoverSealer(header);
  assert(!isRejection(recovered), `sealer of an unverified header ${header.number}`);
  return recovered;
}

function prepare(
  config: CliqueConfig,
  block: {
    readonly parent: Header;
    readonly parentSnapshot: Snapshot;
    readonly signer: Address;
    readonly timestamp: number;
    readonly proposals: readonly Proposal[];
  },
): ReturnType<Engine['prepare']> {
  const { parent, parentSnapshot, signer, timestamp, proposals } = block;
  assert(parentSnapshot.signers.includes(signer), `${signer} is not a signer`);
  assert(timestamp >= addWide(parent.timestamp, config.period), `timestamp ${timestamp} on ${parent.timestamp}`);
  const extraData = isCheckpoint(config, parentSnapshot.number + 1)
    ? encodeExtraData(null, parentSnapshot.signers)
    : encodeExtraData(pickProposal(parentSnapshot, signer, proposals), []);
  return {
    extraData,
    difficulty: difficultyOf(parentSnapshot, signer),
    miner: signer,
    nonce: ZERO_NONCE,
    mixHash: nextMixHash(parent),
    timestamp,
  };
}
