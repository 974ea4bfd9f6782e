// Root attestations: what this node says about every block it executed, what its peers say, and the comparison that the project is about.
// They go to direct peers by request; only a disagreement is gossiped. Keys outside of the configured list are heard from their own peer.

import { assert } from '../lib/assert.ts';
import { isRejection, mismatch, type Rejection, reject } from '../types/rejection.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { createAttestationBook, differingField, groupByResult, type Statement } from './attestation-book.ts';
import type { Context, Verdict } from './context.ts';
import type { NodeName, PeerId } from './contract.ts';
import type { BlockRef, ExecutionResult } from './events.ts';
import {
  ATTESTATIONS_ON_CONNECT,
  ATTESTATIONS_PER_MESSAGE_MAX,
  ATTESTATIONS_WAITING_MAX,
  HISTORY_HEIGHTS,
} from './limits.ts';
import type { Sender } from './outbox.ts';
import type { Peer } from './peers.ts';
import type { Attestation } from './view.ts';
import {
  attestationDigest,
  attester,
  decodeAttestationsRequest,
  decodeAttestationsResponse,
  decodeDisagreement,
  encodeAttestationsRequest,
  encodeAttestationsResponse,
  encodeDisagreement,
  type SignedAttestation,
  sameResult,
} from './wire/attestation.ts';

export type Attestations = {
  /** Signs our own result of a block and queues it for every peer. */
  readonly executed: (block: { readonly hash: Hash; readonly number: number }, own: ExecutionResult) => void;
  readonly connected: (peer: Peer) => void;
  readonly disconnected: (peer: PeerId) => void;
  /** Hears a peer's attestations and answers with ours about the same blocks; null where they do not decode, which was counted. */
  readonly serve: (peer: Peer, bytes: Uint8Array) => Uint8Array | null;
  readonly answered: (peer: Peer, bytes: Uint8Array) => void;
  /** A request of ours was lost: what it told is told again. */
  readonly lost: (peer: PeerId) => void;
  readonly gossiped: (sender: Sender, bytes: Uint8Array) => Verdict;
  /** Sends what is queued, one request to a peer at a time. */
  readonly flush: () => void;
  readonly of: (hash: Hash) => readonly Attestation[];
};

/** What waits for one peer, and what is on its way. */
type Mail = { waiting: SignedAttestation[]; sent: readonly SignedAttestation[] };

export function createAttestations(context: Context, ownResult: (hash: Hash) => ExecutionResult | null): Attestations {
  const { options, chain, outbox, peers, requests, nowMs } = context;
  const genesisHash = chain.genesisHash;
  const names = new Map<Address, NodeName>(options.nodes.map(({ nodeAddress, name }) => [nodeAddress, name]));
  const book = createAttestationBook();
  const mails = new Map<PeerId, Mail>();
  const agreed = new Set<Hash>();
  /** Blocks whose disagreement was gossiped. */
  const gossiped = new Set<Hash>();

  /** Our own attestation of a block: signed once, also for blocks of an earlier life. Null where we did not execute it. */
  function own(hash: Hash): SignedAttestation | null {
    const known = book.of(hash)?.statements.get(options.nodeAddress);
    if (known !== undefined) return known.attestation;
    const number = chain.entry(hash)?.header.number;
    const result = ownResult(hash);
    return number === undefined || result === null ? null : sign(hash, number, result);
  }

  function sign(blockHash: Hash, number: number, result: ExecutionResult): SignedAttestation {
    const { stateRoot, receiptsRoot, gasUsed } = result;
    const said = { number, blockHash, stateRoot, receiptsRoot, gasUsed };
    const attestation = { ...said, signature: options.signNode(attestationDigest(genesisHash, said)) };
    note({ attestation, nodeAddress: options.nodeAddress, node: options.name });
    return attestation;
  }

  function queue(peer: PeerId, attestations: readonly SignedAttestation[]): void {
    const mail = mails.get(peer);
    if (mail !== undefined) mail.waiting = [...mail.waiting, ...attestations].slice(-ATTESTATIONS_WAITING_MAX);
  }

  /** Keeps a statement and compares it with what others said; false where its node had said something about the block. */
  function note(statement: Statement): boolean {
    if (!book.keep(statement)) return false;
    compare(statement);
    return true;
  }

  function compare(latest: Statement): void {
    const { blockHash: hash, number } = latest.attestation;
    const statements = book.of(hash)?.statements ?? new Map<Address, Statement>();
    const groups = groupByResult(statements.values());
    if (groups.length > 1) tellDivergence(hash, number, groups);
    else tellAgreement(hash, number, statements);
  }

  /** Told at every statement that adds a pair of nodes which disagree: in a block with a divergence, every new one does. */
  function tellDivergence(hash: Hash, number: number, groups: readonly (readonly Statement[])[]): void {
    const [majority = [], ...dissenters] = groups;
    const [first, ...others] = majority;
    const second = dissenters[0]?.[0];
    assert(first !== undefined && second !== undefined, 'a divergence has two sides');
    const field = differingField(first.attestation, second.attestation);
    assert(field !== null, 'two results that differ have a field that does');
    outbox.event({
      kind: 'divergence',
      block: { hash, number },
      results: [first, ...dissenters.flat(), ...others].map(({ attestation, node, nodeAddress }) => {
        const { stateRoot, receiptsRoot, gasUsed } = attestation;
        return { node, nodeAddress, stateRoot, receiptsRoot, gasUsed };
      }),
      field,
    });
    gossipDisagreement({ hash, number }, groups);
  }

  /** Once per block, and about configured nodes only. Who told another height than the block's would spoil the pair, and our name. */
  function gossipDisagreement({ hash, number }: BlockRef, groups: readonly (readonly Statement[])[]): void {
    if (gossiped.has(hash)) return;
    const isFit = ({ node, attestation }: Statement): boolean => node !== null && attestation.number === number;
    const [a, b] = groups.flatMap((group) => group.filter(isFit).slice(0, 1));
    if (a === undefined || b === undefined) return;
    remember(gossiped, hash);
    outbox.emit({
      kind: 'publish',
      topic: 'disagreements',
      bytes: encodeDisagreement([a.attestation, b.attestation]),
    });
  }

  /** Told once per block, when every configured peer that is connected has said the same as we have. */
  function tellAgreement(hash: Hash, number: number, statements: ReadonlyMap<Address, Statement>): void {
    const mine = statements.get(options.nodeAddress);
    if (mine === undefined || agreed.has(hash) || chain.entry(hash) === null) return;
    const configured = peers.all().flatMap(({ known }) => (known === null ? [] : [known.nodeAddress]));
    if (configured.length === 0 || !configured.every((address) => statements.has(address))) return;
    remember(agreed, hash);
    const nodes = new Set([options.nodeAddress, ...configured]).size;
    outbox.event({ kind: 'agreement', block: { hash, number }, stateRoot: mine.attestation.stateRoot, nodes });
  }

  /** Whether a block is too old to be spoken of. */
  function isOld(number: number): boolean {
    return number < chain.head().header.number - HISTORY_HEIGHTS;
  }

  /** Hears one attestation from its own peer. */
  function hear(peer: Peer, attestation: SignedAttestation): Rejection | null {
    const number = chain.entry(attestation.blockHash)?.header.number ?? attestation.number;
    if (number !== attestation.number)
      return mismatch('encoding', 'number of an attested block', number, attestation.number);
    if (isOld(number)) return null;
    const expected = peer.known?.nodeAddress ?? peer.attester;
    const repeated = expected === null ? undefined : book.of(attestation.blockHash)?.statements.get(expected);
    if (repeated !== undefined && sameResult(repeated.attestation, attestation)) return null; // spares the recovery
    const nodeAddress = attester(genesisHash, attestation);
    if (nodeAddress === null) return reject('attestation-signature', 'attestation: no key made the signature');
    if (expected !== null && nodeAddress !== expected)
      return mismatch('attestation-unknown-node', 'node key of an attestation', expected, nodeAddress);
    if (expected === null) {
      if (names.has(nodeAddress) || nodeAddress === options.nodeAddress)
        return reject('attestation-unknown-node', `attestation of ${nodeAddress} from a peer without that name`);
      peer.attester = nodeAddress;
    }
    note({ attestation, nodeAddress, node: peer.known?.name ?? null });
    return null;
  }

  return {
    executed({ hash, number }, result) {
      const attestation = sign(hash, number, result);
      for (const { id } of peers.all()) queue(id, [attestation]);
      if (book.size() > 2 * HISTORY_HEIGHTS) book.forgetBelow(chain.head().header.number - HISTORY_HEIGHTS);
    },

    connected({ id }) {
      mails.set(id, { waiting: [], sent: [] });
      const head = chain.head().header.number;
      for (let number = Math.max(1, head - ATTESTATIONS_ON_CONNECT + 1); number <= head; number++) {
        const hash = chain.canonicalHash(number);
        const attestation = hash === null ? null : own(hash);
        if (attestation !== null) queue(id, [attestation]);
      }
    },
    disconnected: (peer) => void mails.delete(peer),

    serve(peer, bytes) {
      const attestations = decodeAttestationsRequest(bytes);
      if (isRejection(attestations)) {
        outbox.refuse('request', peer, attestations);
        return null;
      }
      const answers: SignedAttestation[] = [];
      for (const attestation of attestations) {
        const rejection = hear(peer, attestation);
        if (rejection !== null) outbox.refuse('request', peer, rejection);
        const mine = rejection === null && !isOld(attestation.number) ? own(attestation.blockHash) : null;
        if (mine !== null) answers.push(mine);
      }
      const mail = mails.get(peer.id);
      if (mail !== undefined) mail.waiting = mail.waiting.filter((waiting) => !answers.includes(waiting));
      return encodeAttestationsResponse(answers);
    },

    answered(peer, bytes) {
      const mail = mails.get(peer.id);
      if (mail !== undefined) mail.sent = [];
      const attestations = decodeAttestationsResponse(bytes);
      if (isRejection(attestations)) return outbox.refuse('response', peer, attestations);
      for (const attestation of attestations) {
        const rejection = hear(peer, attestation);
        if (rejection !== null) outbox.refuse('response', peer, rejection);
      }
    },

    lost(peer) {
      const mail = mails.get(peer);
      if (mail === undefined) return;
      mail.waiting = [...mail.sent, ...mail.waiting].slice(-ATTESTATIONS_WAITING_MAX);
      mail.sent = [];
    },

    gossiped(sender, bytes) {
      const refuse = (rejection: Rejection): Verdict => {
        outbox.refuse('gossip', sender, rejection);
        return 'reject';
      };
      const pair = decodeDisagreement(bytes);
      if (isRejection(pair)) return refuse(pair);
      const statements: Statement[] = [];
      for (const attestation of pair) {
        const nodeAddress = attester(genesisHash, attestation);
        if (nodeAddress === null)
          return refuse(reject('attestation-signature', 'disagreement: no key made the signature'));
        const node = names.get(nodeAddress);
        if (node === undefined)
          return refuse(reject('attestation-unknown-node', `disagreement of ${nodeAddress}, which is not configured`));
        statements.push({ attestation, nodeAddress, node });
      }
      if (statements[0]?.nodeAddress === statements[1]?.nodeAddress)
        return refuse(reject('encoding', 'disagreement: of a node with itself'));
      if (isOld(pair[0].number)) return 'ignore';
      remember(gossiped, pair[0].blockHash); // it goes on from here: a second pair about this block says nothing new
      const isNews = statements.map(note);
      return isNews.includes(true) ? 'accept' : 'ignore';
    },

    flush() {
      for (const peer of peers.all()) {
        const mail = mails.get(peer.id);
        if (mail === undefined || mail.waiting.length === 0 || peer.congested || peer.isForeign) continue;
        if (requests.isUnderWay(peer.id, 'attestations')) continue;
        mail.sent = mail.waiting.slice(0, ATTESTATIONS_PER_MESSAGE_MAX);
        mail.waiting = mail.waiting.slice(ATTESTATIONS_PER_MESSAGE_MAX);
        requests.send(peer.id, 'attestations', encodeAttestationsRequest(mail.sent), nowMs());
      }
    },

    of: (hash) =>
      [...(book.of(hash)?.statements.values() ?? [])].map(({ attestation, nodeAddress, node }) => {
        const { number, blockHash, stateRoot, receiptsRoot, gasUsed } = attestation;
        return { number, blockHash, stateRoot, receiptsRoot, gasUsed, nodeAddress, node };
      }),
  };
}

/** Adds to a set that keeps what the histories of some branches need; the oldest give way. */
function remember(set: Set<Hash>, hash: Hash): void {
  set.add(hash);
  for (const oldest of set) {
    if (set.size <= 4 * HISTORY_HEIGHTS) return;
    set.delete(oldest);
  }
}
