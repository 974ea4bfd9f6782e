import { describe, expect, it } from 'vitest';
import { nodeKeyOf } from '../../node/config/keys.ts';
import {
  type AttestedResult,
  attestationDigest,
  decodeAttestationsResponse,
  decodeDisagreement,
  encodeAttestationsRequest,
  encodeDisagreement,
  type SignedAttestation,
} from '../../node/core/wire/attestation.ts';
import { encodeBlockMessage } from '../../node/core/wire/blocks.ts';
import { keccak256 } from '../../node/lib/hashing.ts';
import { signDigest } from '../../node/lib/signatures.ts';
import { blockHash } from '../../node/types/block.ts';
import { ZERO_HASH } from '../../node/types/header.ts';
import { codes, createBench, EVIL, inject, verdicts } from './evil.ts';
import { createNet, type Net } from './harness.ts';

/** What a node of the network, whose key an attacker has, says. */
const said = (net: Net, node: string, result: AttestedResult): SignedAttestation => ({
  ...result,
  signature: signDigest(attestationDigest(net.view('n1').genesisHash, result), nodeKeyOf('net', node)),
});
const wrong = { stateRoot: ZERO_HASH, receiptsRoot: ZERO_HASH, gasUsed: 1 };
const disagreements = (net: Net) =>
  net.effects.flatMap(({ node, effect }) =>
    node === 'n1' && effect.kind === 'publish' && effect.topic === 'disagreements' ? [effect.bytes] : [],
  );

describe('attestations of a node that lies', () => {
  it('about the height of a block that has not come yet do not spoil what is gossiped about it', () => {
    const { net, block } = createBench();
    net.give('n1', { kind: 'peer-up', peer: EVIL, name: 'n5' });
    const lie = { ...wrong, number: block.header.number + 7, blockHash: blockHash(block) };
    inject(net, { request: encodeAttestationsRequest([said(net, 'n5', lie)]) });
    inject(net, { topic: 'blocks', bytes: encodeBlockMessage(block) });
    expect(net.view('n1').head.hash).toBe(blockHash(block));
    expect(disagreements(net)).toEqual([]);
    const honest = { ...wrong, number: block.header.number, blockHash: blockHash(block) };
    net.give('n1', { kind: 'peer-up', peer: EVIL, name: 'n4' });
    inject(net, { request: encodeAttestationsRequest([said(net, 'n4', honest)]) });
    expect(disagreements(net).map((bytes) => 'code' in decodeDisagreement(bytes))).toEqual([false]);
  });

  it('contradict nobody but itself, and keep no true disagreement from being gossiped', () => {
    const { net, block } = createBench();
    inject(net, { topic: 'blocks', bytes: encodeBlockMessage(block) });
    const about = { ...wrong, number: block.header.number, blockHash: blockHash(block) };
    const pair = [said(net, 'n5', about), said(net, 'n5', { ...about, gasUsed: 2 })] as const;
    const effects = inject(net, { topic: 'disagreements', bytes: encodeDisagreement(pair) });
    expect([...verdicts(effects), ...codes(effects)]).toEqual(['reject', 'encoding']);
    net.give('n1', { kind: 'peer-up', peer: EVIL, name: 'n5' });
    inject(net, { request: encodeAttestationsRequest([said(net, 'n5', about)]) });
    expect(disagreements(net).length).toBe(1);
  });
});

describe('a request for attestations', () => {
  it('is answered for the blocks of the history, and makes nobody sign older ones', () => {
    const net = createNet({ signers: 1 });
    net.start('n1');
    net.run(262_000);
    net.give('n1', { kind: 'peer-up', peer: EVIL, name: null });
    const view = net.view('n1');
    const lowest = view.head.header.number - 256;
    const key = keccak256(Uint8Array.of(7));
    const answersAt = (number: number) => {
      const result = { ...wrong, number, blockHash: view.canonicalHash(number) ?? ZERO_HASH };
      const digest = attestationDigest(view.genesisHash, result);
      const request = encodeAttestationsRequest([{ ...result, signature: signDigest(digest, key) }]);
      const [answer] = inject(net, { request }).filter(({ kind }) => kind === 'respond');
      const answers = answer?.kind === 'respond' ? decodeAttestationsResponse(answer.bytes) : [];
      return 'code' in answers ? null : answers.length;
    };
    expect(answersAt(lowest)).toBe(1);
    expect(answersAt(lowest - 1)).toBe(0);
  });
});
