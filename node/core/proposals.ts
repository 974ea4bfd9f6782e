// What this signer wants changed among the signers, as its operator said. The engine picks one for each block that it seals. Lost with the
// process, as in go-ethereum.

import type { Vote } from '../consensus/engine.ts';
import { type Rejection, reject } from '../types/rejection.ts';
import type { Address } from '../types/transaction.ts';
import type { Context } from './context.ts';
import type { Accepted, Ask } from './contract.ts';

export type Proposals = {
  readonly propose: (ask: Extract<Ask, { kind: 'propose' }>) => Accepted | Rejection;
  readonly discard: (ask: Extract<Ask, { kind: 'discard' }>) => Accepted | Rejection;
  /** In the order in which they were made. */
  readonly all: () => readonly Vote[];
};

/** Proposals at once: an operator's own, more are a mistake. */
const PROPOSALS_MAX = 64;

export function createProposals({ options, chain }: Context): Proposals {
  const proposals = new Map<Address, Vote>();
  return {
    propose({ proposal: { candidate, authorize } }) {
      const { signers, number } = chain.headSnapshot();
      const signer = options.sealer?.address;
      if (signer === undefined || !signers.includes(signer))
        return reject('ask-not-a-signer', `${options.name} is not a signer, so it has no vote`);
      if (signers.includes(candidate) === authorize)
        return reject('ask-invalid', `${candidate} ${authorize ? 'is a signer already' : 'is not a signer'}`);
      if (proposals.size >= PROPOSALS_MAX && !proposals.has(candidate))
        return reject('ask-invalid', `more than ${PROPOSALS_MAX} proposals`);
      proposals.set(candidate, { signer, candidate, authorize, number });
      return { kind: 'accepted' };
    },
    discard({ candidate }) {
      if (!proposals.delete(candidate)) return reject('ask-invalid', `there is no proposal about ${candidate}`);
      return { kind: 'accepted' };
    },
    all: () => [...proposals.values()],
  };
}
