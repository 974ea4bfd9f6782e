// Evidence of double sealing: two headers of one signer at one height. It is stored, told as an event, and forwarded at most once per signer
// and height. What the headers say by themselves is consensus/clique/evidence's; here it is bound to this network by known parents.

import { findEquivocation } from '../consensus/clique/evidence.ts';
import { recoverSealer } from '../consensus/clique/seal.ts';
import { compareText } from '../lib/bytes.ts';
import { encodeRlp } from '../lib/rlp.ts';
import type { Block } from '../types/block.ts';
import { type Header, headerHash, headerToItem } from '../types/header.ts';
import { isRejection, reject } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';
import type { Context, Verdict } from './context.ts';
import { HISTORY_HEIGHTS } from './limits.ts';
import type { Sender } from './outbox.ts';
import { decodeEvidence, EVIDENCE_BYTES_MAX, type EvidencePair, encodeEvidence } from './wire/evidence.ts';

export type EvidenceBook = {
  /** Looks at a header whose seal may be good. */
  readonly observe: (block: Pick<Block, 'header'>) => void;
  readonly gossiped: (sender: Sender, bytes: Uint8Array) => Verdict;
};

/** One signer at one height: the headers seen, the strengths told. */
type Record = { readonly number: number; readonly headers: Header[]; hasProof: boolean; hasSign: boolean };

/** More headers of one signer at one height say nothing new. */
const HEADERS_MAX = 4;

export function createEvidenceBook(context: Context): EvidenceBook {
  const { chain, outbox, overlay } = context;
  const records = new Map<string, Record>();

  function recordOf(number: number, signer: Address): Record {
    const key = `${number}/${signer}`;
    let record = records.get(key);
    if (record === undefined) {
      const stored = overlay.get(storeKey(number, signer, 'proof')) !== undefined;
      const storedSign = overlay.get(storeKey(number, signer, 'sign')) !== undefined;
      record = { number, headers: [], hasProof: stored, hasSign: storedSign };
      records.set(key, record);
      forgetOld();
    }
    return record;
  }

  function forgetOld(): void {
    if (records.size <= 2 * HISTORY_HEIGHTS) return;
    const lowest = chain.head().header.number - HISTORY_HEIGHTS;
    for (const [key, { number }] of [...records]) if (number < lowest) records.delete(key);
    for (const oldest of records.keys()) {
      if (records.size <= 4 * HISTORY_HEIGHTS) return;
      records.delete(oldest);
    }
  }

  /** The authorised signer of a header whose parent we know; null where there is none. */
  function authorisedSealer(header: Header): Address | null {
    const snapshot = chain.snapshotAt(header.parentHash);
    if (snapshot === null || header.number !== snapshot.number + 1) return null;
    const sealer = recoverSealer(header);
    return isRejection(sealer) || !snapshot.signers.includes(sealer) ? null : sealer;
  }

  /** Records a header; the first evidence of either strength is told. Whether it was news. */
  function record(header: Header, signer: Address): boolean {
    const known = recordOf(header.number, signer);
    const hash = headerHash(header);
    if (known.headers.some((other) => headerHash(other) === hash)) return false;
    let isNews = false;
    for (const other of known.headers) isNews = tell(known, other, header) || isNews;
    if (known.headers.length < HEADERS_MAX) known.headers.push(header);
    return isNews;
  }

  function tell(known: Record, a: Header, b: Header): boolean {
    const found = findEquivocation(a, b);
    if (found === null || (found.strength === 'proof' ? known.hasProof : known.hasSign)) return false;
    const isFirst = !known.hasProof && !known.hasSign;
    if (found.strength === 'proof') known.hasProof = true;
    else known.hasSign = true;

    const pair = inOrder(a, b);
    const hashes: readonly [Hash, Hash] = [headerHash(pair[0]), headerHash(pair[1])];
    const { strength, signer, number } = found;
    overlay.put(storeKey(number, signer, strength), encodeRlp(pair.map(headerToItem)));
    outbox.event({ kind: 'equivocation', strength, signer, number, hashes });
    const bytes = encodeEvidence(pair);
    if (isFirst && bytes.length <= EVIDENCE_BYTES_MAX) outbox.emit({ kind: 'publish', topic: 'evidence', bytes });
    return true;
  }

  const isClique = chain.engine.name === 'clique';
  if (isClique)
    for (const { header, sealer } of chain.tree())
      if (header.number > 0) recordOf(header.number, sealer).headers.push(header);

  return {
    observe({ header }) {
      if (!isClique || header.number === 0 || header.number < chain.head().header.number - HISTORY_HEIGHTS) return;
      const signer = authorisedSealer(header);
      if (signer !== null) record(header, signer);
    },
    gossiped(sender, bytes) {
      const pair = decodeEvidence(bytes);
      if (isRejection(pair)) {
        outbox.refuse('gossip', sender, pair);
        return 'reject';
      }
      const found = isClique ? findEquivocation(...pair) : null;
      if (found === null) {
        outbox.refuse(
          'gossip',
          sender,
          reject('evidence-invalid', 'evidence: not two seals of one signer at one height'),
        );
        return 'reject';
      }
      if (found.number < chain.head().header.number - HISTORY_HEIGHTS) return 'ignore';
      const isKnownHere = pair.every((header) => authorisedSealer(header) === found.signer);
      if (!isKnownHere) return 'ignore'; // of another network, or of blocks that have not come yet
      const isNews = pair.map((header) => record(header, found.signer));
      return isNews.includes(true) ? 'accept' : 'ignore';
    },
  };
}

/** The same pair in the same bytes, whoever finds it, so that gossip sees one message. */
function inOrder(a: Header, b: Header): EvidencePair {
  return compareText(headerHash(a), headerHash(b)) < 0 ? [a, b] : [b, a];
}

function storeKey(number: number, signer: Address, strength: 'proof' | 'sign'): string {
  return `evidence/${number}/${signer.slice(2)}/${strength}`;
}
