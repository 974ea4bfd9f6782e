// EIP-225's own test cases of voting, with the vote in the vanity instead of miner and nonce; and a comparison with a transcription
// of go-ethereum's tally, which counts up and down where ours filters a list.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClique } from '../../../node/consensus/clique/engine.ts';
import { encodeExtraData } from '../../../node/consensus/clique/extra-data.ts';
import { signerLimit } from '../../../node/consensus/clique/snapshot.ts';
import { nextMixHash } from '../../../node/consensus/clique/verify.ts';
import type { Snapshot } from '../../../node/consensus/engine.ts';
import { type Header, headerHash, ZERO_NONCE } from '../../../node/types/header.ts';
import type { Address } from '../../../node/types/transaction.ts';
import { accounts, chainOf, config, extend, genesisLink, type Link, reseal, sealChild } from './kit.ts';
import { VOTING_CASES } from './voting-cases.ts';

const NAMES = 'ABCDEF';
const PEOPLE = accounts(NAMES.length);
const person = (name: string) => PEOPLE[NAMES.indexOf(name)]!;
const nameOf = (address: Address) => NAMES[PEOPLE.findIndex((each) => each.address === address)]!;

describe("EIP-225's cases", () => {
  it.each(VOTING_CASES)('$what', ({ epoch, signers, blocks, result, failure }) => {
    const engine = createClique(config(epoch === undefined ? {} : { epoch }));
    let tip = genesisLink(engine, [...signers].map(person));
    const words = blocks.split(' ');
    for (const [index, word] of words.entries()) {
      const header = voteChild(tip, word, epoch);
      const refusal = engine.verifyHeader(header, tip.header, tip.snapshot);
      const isLast = index === words.length - 1;
      expect(refusal?.code).toBe(isLast ? failure : undefined);
      if (refusal === null) tip = extend(engine, tip, header);
    }
    if (result !== undefined) expect(tip.snapshot.signers.map(nameOf).sort().join('')).toBe(result);
  });
});

describe('go-ethereum, transcribed,', () => {
  it('agrees on signers, votes and who is barred after any blocks', () => {
    const block = fc.record({
      sealer: fc.nat(NAMES.length - 1),
      vote: fc.option(fc.record({ candidate: fc.nat(NAMES.length - 1), authorize: fc.boolean() })),
    });
    const engine = createClique(config({ epoch: 11 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(block, { maxLength: 60 }), (count, blocks) => {
        let { header: parent, snapshot } = genesisLink(engine, PEOPLE.slice(0, count));
        let reference = referenceGenesis(snapshot.signers);
        for (const { sealer, vote } of blocks) {
          const miner = PEOPLE[sealer]!.address;
          const number = parent.number + 1;
          const proposal =
            vote === null || number % 11 === 0
              ? null
              : { candidate: PEOPLE[vote.candidate]!.address, authorize: vote.authorize };
          const next = referenceApply(reference, 11, number, miner, proposal);
          const mayExpected = next !== null;
          const may = snapshot.signers.includes(miner) && !snapshot.recents.some(([, each]) => each === miner);
          expect(may).toBe(mayExpected);
          if (next === null) continue;
          reference = next;

          const extraData = encodeExtraData(proposal, number % 11 === 0 ? snapshot.signers : []);
          const header: Header = { ...parent, parentHash: headerHash(parent), number, miner, extraData };
          snapshot = engine.apply(snapshot, header);
          parent = header;
          expect(snapshot.signers).toEqual([...reference.signers].sort());
          expect(snapshot.votes.map((each) => ({ ...each }))).toEqual(reference.votes);
          if (snapshot.signers.length === 0) return;
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the vote that a signer casts', () => {
  it('is the first proposal that does not stand yet', () => {
    const { engine, genesis, signers } = chainOf(4);
    const strangers = PEOPLE.filter((each) => !genesis.snapshot.signers.includes(each.address));
    const proposals = [
      { candidate: signers[0]!.address, authorize: true }, // is a signer: changes nothing
      { candidate: strangers[0]!.address, authorize: true },
      { candidate: strangers[1]!.address, authorize: true },
    ];

    const cast: (Address | undefined)[] = [];
    let tip: Link = genesis;
    for (let round = 0; round < 12; round++) {
      const signer = signers[(tip.header.number + 1) % 4]!;
      const mine = signer === signers[1] ? proposals : [];
      tip = extend(engine, tip, sealChild(engine, tip, signer, { proposals: mine }));
      if (signer === signers[1]) cast.push(tip.snapshot.votes.at(-1)?.candidate);
    }
    expect(cast).toEqual([strangers[0]!.address, strangers[1]!.address, strangers[1]!.address]);
    expect(tip.snapshot.votes.length).toBe(2);
  });

  it('withdraws an earlier one by proposing the opposite', () => {
    const { engine, genesis, signers } = chainOf(2);
    const candidate = PEOPLE.find((each) => !genesis.snapshot.signers.includes(each.address))!.address;
    const voted = extend(
      engine,
      genesis,
      sealChild(engine, genesis, signers[0]!, { proposals: [{ candidate, authorize: true }] }),
    );
    expect(voted.snapshot.votes.length).toBe(1);
    const between = extend(engine, voted, sealChild(engine, voted, signers[1]!));
    const withdrawn = extend(
      engine,
      between,
      sealChild(engine, between, signers[0]!, { proposals: [{ candidate, authorize: false }] }),
    );
    expect(withdrawn.snapshot.votes).toEqual([]);
  });

  it('is cast again where a majority stands and only waits to be touched', () => {
    const engine = createClique(config());
    let tip = genesisLink(engine, [...'ABCD'].map(person));
    for (const word of 'A-C B C A-D B-C C A B-D C-D'.split(' ')) tip = extend(engine, tip, voteChild(tip, word));
    expect(tip.snapshot.signers.map(nameOf).sort().join('')).toBe('ABC');
    const proposals = [{ candidate: person('C').address, authorize: false }];
    tip = extend(engine, tip, sealChild(engine, tip, person('A'), { proposals }));
    expect(tip.snapshot.signers.map(nameOf).sort().join('')).toBe('AB');
  });
});

/** A child that says what the word says, whether or not its sealer may seal. */
function voteChild(parent: Link, word: string, epoch = 30_000): Header {
  const [sealer, sign, candidate] = [...word];
  const account = person(sealer!);
  const { signers } = parent.snapshot;
  const number = parent.header.number + 1;
  const proposal = candidate === undefined ? null : { candidate: person(candidate).address, authorize: sign === '+' };
  const header: Header = {
    ...parent.header,
    parentHash: headerHash(parent.header),
    number,
    miner: account.address,
    nonce: ZERO_NONCE,
    mixHash: nextMixHash(parent.header),
    timestamp: Number(parent.header.timestamp) + 1,
    difficulty: number % signers.length === signers.indexOf(account.address) ? 2n : 1n,
    extraData: encodeExtraData(proposal, number % epoch === 0 ? signers : []),
  };
  return reseal(header, account);
}

type Reference = {
  readonly signers: ReadonlySet<Address>;
  readonly recents: ReadonlyMap<number, Address>;
  readonly votes: readonly Snapshot['votes'][number][];
  readonly tally: ReadonlyMap<Address, { readonly authorize: boolean; readonly votes: number }>;
};

function referenceGenesis(signers: readonly Address[]): Reference {
  return { signers: new Set(signers), recents: new Map(), votes: [], tally: new Map() };
}

/** The same steps as consensus/clique/snapshot.go, `apply`; null where it returns an error. */
function referenceApply(
  before: Reference,
  epoch: number,
  number: number,
  signer: Address,
  proposal: { readonly candidate: Address; readonly authorize: boolean } | null,
): Reference | null {
  const signers = new Set(before.signers);
  const recents = new Map(before.recents);
  let votes = [...before.votes];
  const tally = new Map(before.tally);
  const uncast = (candidate: Address, authorize: boolean): void => {
    const count = tally.get(candidate);
    if (count === undefined || count.authorize !== authorize) return;
    if (count.votes > 1) tally.set(candidate, { ...count, votes: count.votes - 1 });
    else tally.delete(candidate);
  };

  if (number % epoch === 0) {
    votes = [];
    tally.clear();
  }
  recents.delete(number - signerLimit(config(), signers.size));
  if (!signers.has(signer) || [...recents.values()].includes(signer)) return null;
  recents.set(number, signer);
  if (proposal === null) return { signers, recents, votes, tally };

  const { candidate, authorize } = proposal;
  const old = votes.findIndex((vote) => vote.signer === signer && vote.candidate === candidate);
  if (old >= 0) {
    uncast(candidate, votes[old]!.authorize);
    votes.splice(old, 1);
  }
  if (signers.has(candidate) !== authorize) {
    const count = tally.get(candidate);
    tally.set(candidate, count === undefined ? { authorize, votes: 1 } : { ...count, votes: count.votes + 1 });
    votes.push({ signer, candidate, authorize, number });
  }
  const count = tally.get(candidate);
  if (count !== undefined && count.votes > Math.floor(signers.size / 2)) {
    if (count.authorize) signers.add(candidate);
    else {
      signers.delete(candidate);
      recents.delete(number - (Math.floor(signers.size / 2) + 1));
      for (const vote of votes) if (vote.signer === candidate) uncast(vote.candidate, vote.authorize);
      votes = votes.filter((vote) => vote.signer !== candidate);
    }
    votes = votes.filter((vote) => vote.candidate !== candidate);
    tally.delete(candidate);
  }
  return { signers, recents, votes, tally };
}
