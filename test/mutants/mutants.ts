// The planted bugs. Each is a mistake that somebody made in a client, or could: exploration must find every one of them.

import type { Edit, Mutant } from './mutant.ts';

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'first-seen-tie-break',
    mistake: 'of two equally heavy heads the one seen first is kept',
    kind: 'liveness',
    edits: [
      edit(
        'node/chain/create-chain.ts',
        'if (engine.compareTips(tipOf(candidate), tipOf(head)) >= 0) return null;',
        'if (candidate.totalDifficulty <= head.totalDifficulty) return null;',
      ),
    ],
  },
  {
    name: 'coin-flip-tie-break',
    mistake: 'of two equally heavy heads a coin chooses, on each node its own',
    kind: 'liveness',
    edits: [
      edit(
        'node/chain/create-chain.ts',
        'if (engine.compareTips(tipOf(candidate), tipOf(head)) >= 0) return null;',
        'if (candidate.totalDifficulty < head.totalDifficulty || (candidate.totalDifficulty === head.totalDifficulty && options.random.fork(candidate.hash).chance(1, 2))) return null;',
      ),
    ],
  },
  {
    name: 'longest-chain',
    mistake: 'the longer branch wins, not the heavier one',
    kind: 'liveness',
    edits: [
      edit(
        'node/consensus/clique/fork-choice.ts',
        'if (a.totalDifficulty !== b.totalDifficulty) return a.totalDifficulty > b.totalDifficulty ? -1 : 1;',
        'if (a.header.number !== b.header.number) return b.header.number - a.header.number;',
      ),
    ],
  },
  {
    name: 'recents-short',
    mistake: 'a signer may seal again one block too early',
    kind: 'safety',
    edits: [
      edit(
        'node/consensus/clique/snapshot.ts',
        'number > header.number + 1 - limit)',
        'number > header.number + 2 - limit)',
      ),
    ],
  },
  {
    name: 'recents-long',
    mistake: 'a signer may seal again one block too late',
    kind: 'liveness',
    edits: [
      edit(
        'node/consensus/clique/snapshot.ts',
        'number > header.number + 1 - limit)',
        'number > header.number - limit)',
      ),
    ],
  },
  {
    name: 'checkpoint-keeps-votes',
    mistake: 'votes stand beyond a checkpoint',
    kind: 'safety',
    edits: [
      edit(
        'node/consensus/clique/snapshot.ts',
        '? { signers: parent.signers, votes: [] }',
        '? { signers: parent.signers, votes: parent.votes }',
      ),
    ],
  },
  {
    name: 'forgets-its-seal',
    mistake: 'what was sealed is published without being kept: who restarts has forgotten it',
    kind: 'safety',
    edits: [
      edit(
        'node/core/sealing.ts',
        `    const outcome = parts.take(block);
    // A machine that computes something else the second time refuses its own block: it was shown to nobody, so nothing was sealed.
    if (outcome.kind !== 'imported') return;
    const hash = blockHash(block);
    overlay.put(key, hexToBytes(hash));
`,
        '    const hash = blockHash(block);\n',
      ),
    ],
  },
  {
    name: 'one-seal-per-height',
    mistake: 'a signer seals each height once, whatever the parent',
    kind: 'liveness',
    edits: [edit('node/core/sealing.ts', 'parentHash.slice(2)}`;', 'parentHash.slice(2, 2)}`;')],
  },
  {
    name: 'persists-last',
    mistake: 'what a step writes is made durable behind what it sends',
    kind: 'safety',
    edits: [
      edit(
        'node/core/node.ts',
        "[{ kind: 'persist', writes }, ...effects]",
        "[...effects, { kind: 'persist', writes }]",
      ),
    ],
  },
  {
    name: 'executes-on-the-head',
    mistake: 'a block is executed on the state of the head, not of its parent: its root depends on what arrived before',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/create-chain.ts',
        'const { stateRoot } = present(store.header(parentHash),',
        'const { stateRoot } = present(entry(head.hash)?.header ?? store.header(parentHash),',
      ),
    ],
  },
  {
    name: 'undone-transactions-lost',
    mistake: 'a reorganisation forgets to return what it undid to the pool',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/reorganise.ts',
        'returned: left.filter((tx) => !taken.has(transactionHash(tx)))',
        'returned: left.filter((tx) => taken.has(transactionHash(tx)) && false)',
      ),
    ],
  },
  {
    name: 'stale-blockhash',
    mistake: 'BLOCKHASH looks into the canonical chain, whatever the branch that is executed',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/create-chain.ts',
        'present(walked.get(number) ?? store.canonicalHash(number),',
        'present(store.canonicalHash(number) ?? walked.get(number),',
      ),
    ],
  },
  {
    name: 'stale-flat-state',
    mistake: 'the flat view of the head does not take back what a reorganisation undid',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/create-chain.ts',
        '{ undone: undone.map(changeOf), redone: redone.map(changeOf) }',
        '{ undone: undone.slice(0, 0).map(changeOf), redone: redone.map(changeOf) }',
      ),
    ],
  },
  {
    name: 'stale-canonical-index',
    mistake: 'the index keeps heights that a reorganisation undid',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/reorganise.ts',
        'for (const { header } of undone) writes.push(canonicalWrite(header.number, null));',
        '',
      ),
    ],
  },
  {
    name: 'head-not-written',
    mistake: 'a reorganisation is in memory alone: the stored head stays on the old branch',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/reorganise.ts',
        'writes.push(headWrite(to.hash));',
        'if (undone.length === 0) writes.push(headWrite(to.hash));',
      ),
    ],
  },
  {
    name: 'nonce-unchecked',
    mistake: 'nobody looks whether a nonce was used before',
    kind: 'safety',
    edits: [
      edit('node/chain/transaction-checks.ts', 'if (tx.nonce !== nonce) {', 'if (tx.nonce > nonce) {'),
      edit('node/chain/mempool.ts', 'tx.nonce !== first + BigInt(i)', 'tx.nonce > first + BigInt(i)'),
      edit('node/chain/mempool.ts', 'kept.tx.nonce < nonce\n', 'kept.tx.nonce < 0n\n'),
    ],
  },
  {
    name: 'nonce-skips',
    mistake: 'a transaction moves its sender’s nonce by two',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/transition.ts',
        'journal.setNonce(call.from, nonce + 1n);',
        'journal.setNonce(call.from, nonce + 2n);',
      ),
    ],
  },
  {
    name: 'base-fee-not-burnt',
    mistake: 'the sealer is paid the base fee, too',
    kind: 'safety',
    edits: [
      edit('node/chain/transition.ts', 'BigInt(outcome.gasUsed) * tip);', 'BigInt(outcome.gasUsed) * gasPrice);'),
    ],
  },
  {
    name: 'base-fee-rises-too-fast',
    mistake: 'the base fee moves by a quarter at most, not by an eighth',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/fees.ts',
        'const BASE_FEE_MAX_CHANGE_DENOMINATOR = 8n;',
        'const BASE_FEE_MAX_CHANGE_DENOMINATOR = 4n;',
      ),
    ],
  },
  {
    name: 'pool-holds-twice',
    mistake: 'a transaction that comes again is pooled again',
    kind: 'liveness',
    edits: [
      edit('node/chain/mempool.ts', "if (byHash.has(hash)) return reject('pool-known', 'already known');", ''),
      edit('node/chain/mempool.ts', '.filter(({ tx }) => tx.nonce !== kept.tx.nonce);', '.filter(() => true);'),
      edit(
        'node/chain/mempool.ts',
        'const replaced = queueOf(sender).find((other) => other.tx.nonce === tx.nonce) ?? null;',
        'const replaced = queueOf(sender).find((other) => other.tx.nonce === tx.nonce && other.hash !== hash) ?? null;',
      ),
    ],
  },
  {
    name: 'pool-keeps-the-mined',
    mistake: 'what was mined stays in the pool',
    kind: 'liveness',
    edits: [
      edit(
        'node/chain/mempool.ts',
        'kept.tx.nonce < nonce\n            ?',
        'kept.tx.nonce + 1n < nonce\n            ?',
      ),
    ],
  },
  {
    name: 'pool-lost-in-a-crash',
    mistake: 'a transaction that was accepted is in memory alone',
    kind: 'safety',
    edits: [edit('node/core/transaction-flow.ts', '      kept.keep(tx);\n', '')],
  },
  {
    name: 'location-not-cleared',
    mistake: 'an undone transaction is still said to be mined',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/reorganise.ts',
        'for (const tx of left) writes.push(locationWrite(transactionHash(tx), null));',
        '',
      ),
    ],
  },
  {
    name: 'sync-trusts-the-past',
    mistake: 'the result of a block that is some seconds old is believed, not compared',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/create-chain.ts',
        'if (wrongResult !== null) {',
        'if (wrongResult !== null && nowMs < (Number(block.header.timestamp) + 5) * 1_000) {',
      ),
    ],
  },
  {
    name: 'sync-locator-without-genesis',
    mistake: 'a locator ends before genesis: who forked at the first block finds nothing in common',
    kind: 'liveness',
    edits: [edit('node/core/locator.ts', 'return [...hashes, chain.genesisHash];', 'return hashes.slice(0, 3);')],
  },
  {
    name: 'heads-told-once',
    mistake: 'heads are exchanged when a peer connects, and never again',
    kind: 'liveness',
    edits: [edit('node/core/exchange.ts', 'for (const peer of peers.all()) tell(peer);', '')],
  },
  {
    name: 'early-is-bad',
    mistake: 'a block that comes too early is remembered as bad',
    kind: 'liveness',
    edits: [
      edit('node/chain/create-chain.ts', "  'header-too-old',\n  'header-future',\n]);", "  'header-too-old',\n]);"),
    ],
  },
  {
    name: 'orphan-is-bad',
    mistake: 'a block whose parent is not known is remembered as bad',
    kind: 'liveness',
    edits: [
      edit('node/chain/create-chain.ts', "  'header-unknown-parent',\n  'header-too-old',", "  'header-too-old',"),
    ],
  },
  {
    name: 'period-off-by-one',
    mistake: 'a block may follow its parent one second too early',
    kind: 'safety',
    edits: [
      edit(
        'node/consensus/clique/verify.ts',
        'const earliest = addWide(parent.timestamp, config.period);',
        'const earliest = addWide(parent.timestamp, Math.max(1, config.period - 1));',
      ),
      edit(
        'node/consensus/clique/plan.ts',
        'timestamp: narrow(parent.timestamp) + config.period,',
        'timestamp: narrow(parent.timestamp) + Math.max(1, config.period - 1),',
      ),
      edit(
        'node/consensus/clique/engine.ts',
        'assert(timestamp >= addWide(parent.timestamp, config.period)',
        'assert(timestamp >= addWide(parent.timestamp, 1)',
      ),
    ],
  },
  {
    name: 'turn-unchecked',
    mistake: 'anybody may claim to be in turn',
    kind: 'safety',
    edits: [
      edit(
        'node/consensus/clique/verify.ts',
        'return header.difficulty === difficulty\n    ? null',
        'return header.difficulty <= 2n || header.difficulty === difficulty\n    ? null',
      ),
    ],
  },
  {
    name: 'recents-unchecked',
    mistake: 'a header of who sealed a moment ago passes',
    kind: 'safety',
    edits: [
      edit(
        'node/consensus/clique/verify.ts',
        "if (until !== null) return mismatch('seal-recently-signed'",
        "if (until !== null && until > header.number + 100) return mismatch('seal-recently-signed'",
      ),
    ],
  },
  {
    name: 'mix-unchecked',
    mistake: 'the chain of mixes behind PREVRANDAO is not followed',
    kind: 'safety',
    edits: [
      edit(
        'node/consensus/clique/verify.ts',
        "return header.mixHash === mixHash ? null : mismatch('header-mix-hash'",
        "return header.mixHash.length === mixHash.length ? null : mismatch('header-mix-hash'",
      ),
    ],
  },
  {
    name: 'receipts-not-compared',
    mistake: 'a block’s receipts root is believed',
    kind: 'safety',
    edits: [
      edit(
        'node/chain/execute-block.ts',
        'if (own.receiptsRoot !== header.receiptsRoot)',
        'if (own.receiptsRoot.length !== header.receiptsRoot.length)',
      ),
    ],
  },
  {
    name: 'equivocation-not-told',
    mistake: 'two seals of one signer on one parent are noticed by nobody',
    kind: 'safety',
    edits: [
      edit(
        'node/core/evidence.ts',
        "    outbox.event({ kind: 'equivocation', strength, signer, number, hashes });\n",
        '',
      ),
    ],
  },
  {
    name: 'attests-to-the-header',
    mistake: 'a node attests to what the header says instead of what it computed',
    kind: 'safety',
    edits: [
      edit(
        'node/core/block-flow.ts',
        'hooks.executed(block, own, { agrees: false });',
        'hooks.executed(block, { ...own, stateRoot: block.header.stateRoot, receiptsRoot: block.header.receiptsRoot, gasUsed: block.header.gasUsed }, { agrees: false });',
      ),
    ],
  },
  {
    name: 'orphans-unbounded',
    mistake: 'blocks without a known parent are kept without end',
    kind: 'safety',
    edits: [
      edit(
        'node/core/held-blocks.ts',
        'if (countOf(held.from) > HELD_PER_PEER_MAX) dropOldest',
        'if (countOf(held.from) > HELD_PER_PEER_MAX * 1_000) dropOldest',
      ),
      edit(
        'node/core/held-blocks.ts',
        'while (blocks.size > HELD_MAX || bytesHeld > HELD_BYTES_MAX)',
        'while (bytesHeld > HELD_BYTES_MAX)',
      ),
    ],
  },
];
