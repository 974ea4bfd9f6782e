// Double sealing, told from two headers alone. Whether the signer was authorised, and whether both headers belong to this network, is for
// the caller, who knows the parents: keys that seal two networks leave headers of one number, too.

import { type Header, headerHash } from '../../types/header.ts';
import { isRejection } from '../../types/rejection.ts';
import type { Address } from '../../types/transaction.ts';
import { recoverSealer } from './seal.ts';

/**
 * `proof`: two blocks on one parent, which no correct signer makes. `sign`: two blocks of one number on different parents, which an
 * honest signer makes after a reorganisation, and a clone of its key does all the time.
 */
export type Equivocation = {
  readonly strength: 'proof' | 'sign';
  readonly signer: Address;
  readonly number: number;
};

/** What two headers say about their sealer, by their seals, which are verified here; null where they say nothing. */
export function findEquivocation(a: Header, b: Header): Equivocation | null {
  if (a.number !== b.number || headerHash(a) === headerHash(b)) return null;
  const signer = recoverSealer(a);
  if (isRejection(signer) || signer !== recoverSealer(b)) return null;
  return { strength: a.parentHash === b.parentHash ? 'proof' : 'sign', signer, number: a.number };
}
