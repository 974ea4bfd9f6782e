// P15: nothing is paid twice and nothing is lost: nonces without gaps, and balances that add up.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import { type ExecutedEvent, eventOfCorrect } from './follow.ts';
import { followTips } from './follow-tips.ts';
import { REPLAYED_TRANSACTIONS_MAX } from './p12-replay.ts';
import type { NetworkFacts, Property, Violation } from './property.ts';
import { type Replay, type ReplayOf, replayOf } from './replay.ts';
import { readBlock } from './seen-block.ts';
import { readTransactions } from './seen-transactions.ts';

/** The next nonce of every sender in a chain; without `isWhole` the lower end of it is not known, and only what was seen counts. */
type Chain = { readonly nonces: Map<Hex, bigint>; readonly isWhole: boolean };

/** EIP-7702: its authorizations use nonces of accounts that send nothing. */
const SET_CODE_TYPE = 4;

/** The property over a replay that adds up the balances. */
export const supplyOver = (replayFor: ReplayOf): Property => ({
  id: 'P15',
  statement: 'nonces have no gaps; the sum of balances = genesis + rewards − burned at every height',
  watch(facts) {
    const tips = followTips(facts);
    /** On each node: the next nonce of every sender in its canonical chain. */
    const next = new Map<NodeName, Chain>();
    const first = firstNonces(facts);
    let hasAuthorizations = false;
    const readTypes = new Set<Hex>();
    let nonces = 0;

    const chainOf = (head: Hex): Chain => {
      const nonces = new Map<Hex, bigint>();
      let at = head;
      for (let block = tips.ancestry.executed(at); block !== null; block = tips.ancestry.executed(at)) {
        for (const { sender, nonce } of block.transactions.toReversed())
          if (!nonces.has(sender)) nonces.set(sender, BigInt(nonce) + 1n);
        at = block.parentHash;
      }
      return { nonces, isWhole: at === facts.genesisHash };
    };

    return {
      observe(observation) {
        tips.observe(observation);
        const executed = eventOfCorrect(facts, observation, 'executed');
        if (executed !== null && executed.event.transactions.length > 0 && !readTypes.has(executed.event.block.hash)) {
          readTypes.add(executed.event.block.hash);
          hasAuthorizations ||= readTransactions(executed.event.rlp).some(({ type }) => type === SET_CODE_TYPE);
        }
        const started = eventOfCorrect(facts, observation, 'started');
        if (started !== null) next.set(started.node, chainOf(started.event.head.hash));
        const seen = eventOfCorrect(facts, observation, 'head');
        if (seen === null || hasAuthorizations) return [];
        let { nonces: here, isWhole } = next.get(seen.node) ?? chainOf(facts.genesisHash);
        // A block that nobody has told of, since a life ended before it could: what it holds is not known.
        const { undone, redone } = seen.event;
        if ([...undone, ...redone].some(({ hash }) => tips.ancestry.executed(hash) === null)) {
          here = new Map();
          isWhole = false;
        }
        for (const { hash } of undone)
          for (const { sender, nonce } of tips.ancestry.executed(hash)?.transactions.toReversed() ?? [])
            here.set(sender, BigInt(nonce));
        const violations: Violation[] = [];
        for (const { hash, number } of redone) {
          const block = tips.ancestry.executed(hash);
          for (const { sender, nonce } of block?.transactions ?? []) {
            nonces += 1;
            const expected = here.get(sender) ?? (isWhole ? first(sender) : null) ?? BigInt(nonce);
            here.set(sender, BigInt(nonce) + 1n);
            if (expected === BigInt(nonce)) continue;
            const evidence = `${seen.node}: block ${number} has nonce ${nonce} of ${sender}, ${expected} was next`;
            violations.push({ id: 'P15', evidence, atMs: seen.atMs });
          }
        }
        next.set(seen.node, { nonces: here, isWhole });
        return violations;
      },
      finish() {
        const words = hasAuthorizations
          ? ['nonces not asked: there are authorizations (EIP-7702), which use nonces too']
          : [`${nonces} nonces without a gap`];
        if (facts.horizon !== undefined)
          return {
            violations: [],
            evidence: [...words, 'balances not asked: the watching began above the genesis'].join('; '),
          };
        const { violations, evidence } = judgeSupply(replayFor(facts), tips.chains());
        return { violations, evidence: [...words, evidence].join('; ') };
      },
    };
  },
});

export const supply: Property = supplyOver(replayOf);

/** Clique pays no rewards: from block to block the balances lose the base fee of all gas, and what contracts burn with themselves. */
function judgeSupply(
  replay: Replay,
  chains: readonly ExecutedEvent[],
): { readonly violations: readonly Violation[]; readonly evidence: string } {
  const violations: Violation[] = [];
  let transactions = 0;
  let heights = 0;
  let burned = 0n;
  for (const { block, rlp, transactions: held } of chains) {
    transactions += held.length;
    if (transactions > REPLAYED_TRANSACTIONS_MAX) break;
    const own = replay.block(block.hash, rlp);
    if (own.kind === 'not-replayed') break; // P12 says so
    const { baseFee } = readBlock(rlp);
    const expected = own.supplyBefore - baseFee * BigInt(own.gasUsed);
    heights += 1;
    burned += own.supplyBefore - own.supply;
    if (own.supply === expected || (own.hasDestruction && own.supply < expected)) continue;
    const evidence = `block ${block.number} ${block.hash}: balances add up to ${own.supply}, expected ${expected}`;
    violations.push({ id: 'P15', evidence, atMs: 0 });
  }
  return { violations, evidence: `balances add up in ${heights} blocks, ${burned} wei burned` };
}

/** The nonces that accounts begin with: those of the genesis, null where the watching began later. */
function firstNonces(facts: NetworkFacts): (sender: Hex) => bigint | null {
  if (facts.horizon !== undefined) return () => null;
  const { alloc = {} } = facts.genesis as {
    readonly alloc?: Readonly<Record<string, { readonly nonce?: string | number }>>;
  }; // the nodes have read and checked this very file
  const nonces = new Map(
    Object.entries(alloc).map(([address, { nonce = 0 }]) => [
      `0x${address.toLowerCase().replace(/^0x/, '')}`,
      BigInt(nonce),
    ]),
  );
  return (sender) => nonces.get(sender) ?? 0n;
}
