import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Topic } from '../../node/core/contract.ts';
import { TOPICS } from '../../node/core/contract.ts';
import {
  BAD_BLOCKS_MAX,
  BAD_BLOCKS_RETRACED_PER_HEIGHT,
  BLOCK_BYTES_MAX,
  REQUESTS_PER_SECOND_MAX,
  TRANSACTION_BYTES_MAX,
} from '../../node/core/limits.ts';
import {
  attestationDigest,
  encodeAttestationsRequest,
  encodeDisagreement,
  type SignedAttestation,
} from '../../node/core/wire/attestation.ts';
import { encodeBlockMessage, encodeBlocksRequest } from '../../node/core/wire/blocks.ts';
import { encodeEvidence } from '../../node/core/wire/evidence.ts';
import { encodeStatusRequest } from '../../node/core/wire/status.ts';
import { encodeTransactions, encodeTransactionsRequest } from '../../node/core/wire/transactions.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { signDigest } from '../../node/lib/signatures.ts';
import { type Block, blockHash } from '../../node/types/block.ts';
import { type Header, headerHash, ZERO_HASH } from '../../node/types/header.ts';
import { transactionHash } from '../../node/types/transaction.ts';
import { codes, createBench, EVIL, inject, sealedBy, verdicts } from './evil.ts';
import { ACCOUNT_KEYS, createNet, type Net } from './harness.ts';
import { transfer } from './transfers.ts';

describe('what a peer may send', () => {
  let net: Net;
  let block: Block;
  beforeAll(() => {
    ({ net, block } = createBench());
  });
  const gossip = (topic: Topic, bytes: Uint8Array) => {
    const before = new Map(net.view('n1').rejections);
    const effects = inject(net, { topic, bytes });
    const found = codes(effects);
    for (const code of new Set(found))
      expect(net.view('n1').rejections.get(code)).toBeGreaterThan(before.get(code) ?? 0);
    return [...verdicts(effects), ...found];
  };

  it('rejects messages of the wrong type, size and encoding on every topic', () => {
    for (const topic of TOPICS) {
      expect(gossip(topic, new Uint8Array(0))).toEqual(['reject', 'wire-unknown-message']);
      expect(gossip(topic, Uint8Array.of(0x7f, 0xc0))).toEqual(['reject', 'wire-unknown-message']);
      const type = 1 + TOPICS.indexOf(topic);
      expect(gossip(topic, Uint8Array.of(type, 0xc1))).toEqual(['reject', 'encoding']);
      expect(gossip(topic, Uint8Array.of(type, 0xc0))).toEqual(['reject', 'encoding']);
      expect(gossip(topic, new Uint8Array(BLOCK_BYTES_MAX + 2_000))).toEqual(['reject', 'wire-oversized']);
    }
    expect(gossip('transactions', new Uint8Array(TRANSACTION_BYTES_MAX + 2_000))).toEqual(['reject', 'wire-oversized']);
  });

  it('refuses a message of a million empty lists without decoding them', () => {
    const bomb = new Uint8Array(4 * 1024 * 1024).fill(0xc0);
    bomb.set([0x02, 0xfa, 0x3f, 0xff, 0xfb]);
    expect(gossip('blocks', bomb)).toEqual(['reject', 'encoding']);
  });

  it('rejects a block whose header or seal breaks a rule, and says which', () => {
    const encoded = (change: Partial<Header>) => encodeBlockMessage(sealedBy(net, block, change));
    expect(gossip('blocks', encoded({ number: block.header.number + 1 }))).toEqual(['reject', 'header-number']);
    expect(gossip('blocks', encoded({ difficulty: 3n }))[0]).toBe('reject');
    for (const gasLimit of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])
      expect(gossip('blocks', encoded({ gasLimit }))).toEqual(['reject', 'header-gas-limit']);
    expect(gossip('blocks', encoded({ mixHash: ZERO_HASH }))).toEqual(['reject', 'header-mix-hash']);
    const { extraData } = block.header;
    const tampered = {
      ...block,
      header: { ...block.header, extraData: extraData.map((byte, i) => (i === 60 ? byte ^ 1 : byte)) },
    };
    const [verdict, code] = gossip('blocks', encodeBlockMessage(tampered));
    expect(verdict).toBe('reject');
    expect(code).toMatch(/^seal-/);
  });

  it('ignores a block without a known parent and asks its peer for the ancestors', () => {
    const orphan = sealedBy(net, block, { parentHash: `0x${'99'.repeat(32)}` });
    const effects = inject(net, { topic: 'blocks', bytes: encodeBlockMessage(orphan) });
    expect(verdicts(effects)).toEqual(['ignore']);
    expect(codes(effects)).toEqual(['header-unknown-parent']);
    expect(effects.filter(({ kind }) => kind === 'request')).toMatchObject([{ to: EVIL }]);
  });

  it('holds a block of the near future and imports it when it is due', () => {
    const second = Math.floor(net.nowMs() / 1_000);
    const early = sealedBy(net, block, { timestamp: second + 3 });
    expect(gossip('blocks', encodeBlockMessage(early))).toEqual(['ignore', 'header-future']);
    for (const timestamp of [2n ** 53n, 2n ** 64n - 1n])
      expect(gossip('blocks', encodeBlockMessage(sealedBy(net, block, { timestamp })))).toEqual([
        'ignore',
        'header-future',
      ]);
    expect(net.view('n1').headerByHash(blockHash(early))).toBeNull();
    net.run(3_100);
    // Judged again when it was due: its own machine gives another root, because the timestamp is stored by EIP-4788's contract.
    expect(
      net
        .view('n1')
        .retraces.mismatches()
        .map(({ hash }) => hash),
    ).toContain(blockHash(early));
  });

  it('keeps a bounded number of blocks with wrong results, the first ones among them, and executes only those again', () => {
    const { net: flooded, block: right } = createBench();
    const hashes = Array.from({ length: BAD_BLOCKS_MAX + 4 }, (_, i) => {
      const stateRoot = `0x${i.toString(16).padStart(64, '0')}` as const;
      const wrong = sealedBy(flooded, right, { stateRoot });
      inject(flooded, { topic: 'blocks', bytes: encodeBlockMessage(wrong) });
      return blockHash(wrong);
    });
    const kept = flooded.view('n1').retraces.mismatches();
    expect(kept).toHaveLength(BAD_BLOCKS_MAX);
    const again = kept.filter(({ retraced }) => retraced !== null).map(({ hash }) => hash);
    expect(again).toEqual(hashes.slice(0, BAD_BLOCKS_RETRACED_PER_HEIGHT));
    expect(kept.at(-1)?.hash).toBe(hashes.at(-1));
  });

  it('ignores a block with another result than our own, keeps it, and says what differs', () => {
    const wrong = sealedBy(net, block, { stateRoot: `0x${'42'.repeat(32)}` });
    const effects = inject(net, { topic: 'blocks', bytes: encodeBlockMessage(wrong) });
    expect(verdicts(effects)).toEqual(['ignore']);
    expect(codes(effects)).toEqual(['block-state-root']);
    expect(net.view('n1').retraces.mismatches().at(-1)).toMatchObject({
      hash: blockHash(wrong),
      own: { stateRoot: block.header.stateRoot },
    });
    expect(effects).toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ kind: 'executed', agrees: false }) }),
    );
    expect(gossip('blocks', encodeBlockMessage(wrong))).toEqual(['ignore', 'block-bad-ancestor']);
  });

  it('rejects a body that is not the header’s, and takes the right one afterwards, once', () => {
    const other = { ...block, transactions: [transfer(0)] };
    expect(gossip('blocks', encodeBlockMessage(other))).toEqual(['reject', 'block-transactions-root']);
    expect(gossip('blocks', encodeBlockMessage(block))).toEqual(['accept']);
    expect(gossip('blocks', encodeBlockMessage(block))).toEqual(['ignore']);
  });

  it('tells two seals on one parent as proof, stores it and forwards it once', () => {
    const effects = net.events('equivocation', 'n1').map(({ event }) => event);
    expect(effects.filter(({ strength }) => strength === 'proof').length).toBe(1);
    const published = net.effects.filter(
      ({ node, effect }) => node === 'n1' && effect.kind === 'publish' && effect.topic === 'evidence',
    );
    expect(published.length).toBe(1);
    const pair = [block.header, sealedBy(net, block, { stateRoot: `0x${'43'.repeat(32)}` }).header] as const;
    expect(gossip('evidence', encodeEvidence(pair))).toEqual(['ignore']);
  });

  it('rejects evidence that proves nothing', () => {
    const stranger = {
      ...block.header,
      extraData: block.header.extraData.map((byte, i) => (i > 40 ? byte ^ 3 : byte)),
    };
    expect(gossip('evidence', encodeEvidence([block.header, block.header]))).toEqual(['reject', 'evidence-invalid']);
    expect(gossip('evidence', encodeEvidence([block.header, stranger]))).toEqual(['reject', 'evidence-invalid']);
  });

  it('rejects a transaction of another chain, accepts one of ours and ignores it when it comes again', () => {
    expect(gossip('transactions', encodeTransactions([transfer(0, { chainId: 5n })]))).toEqual([
      'reject',
      'tx-wrong-chain',
    ]);
    expect(gossip('transactions', encodeTransactions([transfer(0)]))).toEqual(['accept']);
    expect(gossip('transactions', encodeTransactions([transfer(0)]))).toEqual(['ignore']);
    const pauper = keccak256(Uint8Array.of(1));
    expect(gossip('transactions', encodeTransactions([transfer(0, { key: pauper })]))).toEqual(['ignore']);
  });

  it('passes on no message with a transaction that is never valid, however often it was refused before', () => {
    const foreign = transfer(0, { chainId: 6n, key: ACCOUNT_KEYS[3]! });
    const good = (account: number) => transfer(0, { key: ACCOUNT_KEYS[account]! });
    for (const account of [4, 5])
      expect(gossip('transactions', encodeTransactions([foreign, good(account)]))).toEqual([
        'reject',
        'tx-wrong-chain',
      ]);
    expect(net.view('n1').pool.get(transactionHash(good(5)))).not.toBeNull();
  });

  it('rejects disagreements of unknown nodes, and hears unknown nodes about themselves only', () => {
    const key = keccak256(Uint8Array.of(7));
    const { genesisHash, head } = net.view('n1');
    const said = {
      number: head.header.number,
      blockHash: head.hash,
      stateRoot: ZERO_HASH,
      receiptsRoot: ZERO_HASH,
      gasUsed: 1,
    };
    const sign = (result: typeof said, by: Uint8Array): SignedAttestation => ({
      ...result,
      signature: signDigest(attestationDigest(genesisHash, result), by),
    });
    const lie = sign(said, key);
    const pair = encodeDisagreement([lie, sign({ ...said, gasUsed: 2 }, key)]);
    expect(gossip('disagreements', pair)).toEqual(['reject', 'attestation-unknown-node']);

    const effects = inject(net, { request: encodeAttestationsRequest([lie]) });
    const divergence = effects.find((effect) => effect.kind === 'event' && effect.event.kind === 'divergence');
    expect(divergence).toMatchObject({ event: { field: 'stateRoot' } });
    expect(effects.filter(({ kind }) => kind === 'publish')).toEqual([]);
    expect(
      codes(
        inject(net, {
          request: encodeAttestationsRequest([sign({ ...said, gasUsed: 3 }, keccak256(Uint8Array.of(8)))]),
        }),
      ),
    ).toEqual(['attestation-unknown-node']);
  });

  it('answers no more requests than the budget of a second, and none of another network', () => {
    net.run(2_000);
    const request = encodeBlocksRequest({ want: net.view('n1').head.hash, have: [net.view('n1').genesisHash] });
    let answered = 0;
    for (let i = 0; i < REQUESTS_PER_SECOND_MAX; i++)
      answered += inject(net, { request }).filter(({ kind }) => kind === 'respond').length;
    expect(answered).toBe(REQUESTS_PER_SECOND_MAX);
    expect(codes(inject(net, { request }))).toEqual(['wire-too-many-requests']);
    net.run(1_000);
    expect(inject(net, { request }).map(({ kind }) => kind)).toEqual(['respond']);

    const { genesisHash: headHash } = net.view('n1');
    const foreign = encodeStatusRequest({
      genesisHash: ZERO_HASH,
      headHash,
      number: 0,
      totalDifficulty: 1n,
      pooled: [],
    });
    const effects = inject(net, { request: foreign });
    expect(codes(effects)).toEqual(['wire-wrong-network']);
    expect(effects.filter(({ kind }) => kind === 'disconnect')).toEqual([
      { kind: 'disconnect', peer: EVIL, code: 'wire-wrong-network' },
    ]);
    expect(inject(net, { request })).toEqual([]);
    expect(verdicts(inject(net, { topic: 'blocks', bytes: encodeBlockMessage(block) }))).toEqual(['ignore']);
  });
});

describe('a peer that lies about its head', () => {
  it('keeps a signer from sealing for one request only', () => {
    const net = createNet({ signers: 1 });
    net.start('n1');
    net.run(10_000);
    net.give('n1', { kind: 'peer-up', peer: EVIL, name: null });
    const { genesisHash } = net.view('n1');
    const before = net.view('n1').head.header.number;
    for (let i = 0; i < 20; i++) {
      const headHash = headerHash({ ...net.view('n1').head.header, number: i });
      const status = { genesisHash, headHash, number: 1_000_000 + i, totalDifficulty: 10n ** 30n, pooled: [] };
      inject(net, { request: encodeStatusRequest(status) });
      net.run(2_000);
    }
    expect(net.view('n1').head.header.number).toBeGreaterThan(before + 25);
    expect(net.view('n1').rejections.get('wire-no-answer')).toBeGreaterThan(1);
  });
});

describe('a block that came before its parent', () => {
  it('is imported after it, though a wrong body under its header came first', () => {
    const { net, block } = createBench();
    const view = net.view('n2');
    const next = view.blockByHash(view.canonicalHash(block.header.number + 1)!)!;
    expect(next.header.parentHash).toBe(blockHash(block));
    const judge = (gossiped: Block) => {
      const effects = inject(net, { topic: 'blocks', bytes: encodeBlockMessage(gossiped) });
      return [...verdicts(effects), ...codes(effects)];
    };
    expect(judge({ ...next, transactions: [transfer(0)] })).toEqual(['reject', 'block-transactions-root']);
    expect(judge(next)).toEqual(['ignore', 'header-unknown-parent']);
    expect(judge(block)).toEqual(['accept']);
    expect(net.view('n1').head.hash).toBe(blockHash(next));
  });
});

describe('a congested peer', () => {
  it('is served blocks when it is no longer congested, and not before', () => {
    const net = createNet({ signers: 1 });
    net.start('n1');
    net.run(5_000);
    net.give('n1', { kind: 'peer-up', peer: EVIL, name: null });
    net.give('n1', { kind: 'congested', peer: EVIL, congested: true });
    const { head, genesisHash } = net.view('n1');
    const request = encodeBlocksRequest({ want: head.hash, have: [genesisHash] });
    for (let i = 0; i < 8; i++) expect(inject(net, { request })).toEqual([]);
    expect(codes(inject(net, { request }))).toEqual(['wire-too-many-requests']);
    const before = net.effects.length;
    net.give('n1', { kind: 'congested', peer: EVIL, congested: false });
    expect(net.effects.slice(before).filter(({ effect }) => effect.kind === 'respond').length).toBe(8);
  });
});

describe('hostile bytes', () => {
  it('never make a node throw, and get exactly one verdict each', () => {
    const { net, block } = createBench();
    net.give('n1', { kind: 'peer-up', peer: EVIL, name: null });
    const { genesisHash, head } = net.view('n1');
    const said = {
      number: head.header.number,
      blockHash: head.hash,
      stateRoot: ZERO_HASH,
      receiptsRoot: ZERO_HASH,
      gasUsed: 1,
    };
    const attestation = {
      ...said,
      signature: signDigest(attestationDigest(genesisHash, said), keccak256(Uint8Array.of(7))),
    };
    const valid = [
      encodeBlockMessage(block),
      encodeTransactions([transfer(0), transfer(1)]),
      encodeDisagreement([attestation, { ...attestation, gasUsed: 2 }]),
      encodeEvidence([block.header, { ...block.header, gasUsed: 1 }]),
      encodeStatusRequest({ genesisHash, headHash: head.hash, number: 3, totalDifficulty: 5n, pooled: [head.hash] }),
      encodeBlocksRequest({ want: head.hash, have: [genesisHash, head.hash] }),
      encodeTransactionsRequest([head.hash]),
      encodeAttestationsRequest([attestation]),
    ];
    const mutated = fc
      .tuple(
        fc.constantFrom(...valid),
        fc.array(fc.tuple(fc.nat(1_000_000), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(3),
      )
      .map(([bytes, changes, cut]) => {
        const copy = bytes.slice(0, bytes.length - (cut === 0 ? 0 : cut - 1));
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        return copy;
      });
    const typed = fc
      .tuple(fc.nat(0x18), fc.uint8Array({ maxLength: 80 }))
      .map(([type, bytes]) => Uint8Array.of(type, ...bytes));
    const hostile = fc.oneof(fc.uint8Array({ maxLength: 80 }), typed, mutated, mutated);
    fc.assert(
      fc.property(
        fc.constantFrom(...TOPICS, 'request' as const, 'response' as const),
        hostile,
        fc.nat(30),
        (where, bytes, number) => {
          if (number === 0) net.run(500);
          if (where === 'response') {
            for (const { node, effect } of net.effects.slice(-40))
              if (node === 'n1' && effect.kind === 'request' && effect.to === EVIL)
                net.give('n1', { kind: 'response', id: effect.id, bytes });
            return;
          }
          const effects = inject(net, where === 'request' ? { request: bytes } : { topic: where, bytes });
          expect(verdicts(effects).length).toBe(where === 'request' ? 0 : 1);
          if (effects.some(({ kind }) => kind === 'disconnect'))
            net.give('n1', { kind: 'peer-up', peer: EVIL, name: null });
        },
      ),
      { numRuns: 4_000, seed: 20_250_615 },
    );
    net.heal();
    net.run(12_300);
    expect(net.view('n1').head.hash).toBe(net.view('n2').head.hash);
  });
});
