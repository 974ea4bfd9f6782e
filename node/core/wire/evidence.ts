// Evidence of double sealing on the wire: two headers. Whether they prove anything is core/evidence.ts's affair.

import { asList } from '../../lib/rlp.ts';
import { type Header, headerFromItem, headerToItem } from '../../types/header.ts';
import { decodeMessage, encodeMessage, MESSAGE, memoised } from './message.ts';

export type EvidencePair = readonly [Header, Header];

/** Two headers of checkpoints of 1,000 signers fit; larger ones are not forwarded. */
export const EVIDENCE_BYTES_MAX = 48 * 1024;

export function encodeEvidence(pair: EvidencePair): Uint8Array {
  return encodeMessage(MESSAGE.evidence, pair.map(headerToItem));
}

/** The reverse of encodeEvidence. */
export const decodeEvidence = memoised<EvidencePair>((bytes) =>
  decodeMessage(bytes, {
    type: MESSAGE.evidence,
    bytesMax: EVIDENCE_BYTES_MAX,
    what: 'evidence',
    read(item): EvidencePair {
      const [a, b] = asList(item, 'evidence', 2);
      return [headerFromItem(a ?? []), headerFromItem(b ?? [])];
    },
  }),
);
