// A node that was cut off from its network, and a hostile peer beside it: what it may send, and what the node does about it.

import { sealHeader } from '../../node/consensus/clique/seal.ts';
import type { Effect, Topic } from '../../node/core/contract.ts';
import { decodeBlockMessage } from '../../node/core/wire/blocks.ts';
import { signDigest } from '../../node/lib/signatures.ts';
import type { Block } from '../../node/types/block.ts';
import type { Header } from '../../node/types/header.ts';
import { createNet, type Net } from './harness.ts';

export const EVIL = 'evil';

/** A network of which n1 was cut off, a peer beside it, and a block of the others that n1 could import. */
export function createBench() {
  const net = createNet();
  net.start(...net.names);
  net.run(5_100);
  net.give('n1', { kind: 'peer-up', peer: EVIL, name: null });
  net.split(['n1'], ['n2', 'n3', 'n4', 'n5']);
  const from = net.effects.length;
  const parent = net.view('n1').head.hash;
  net.run(3_000);
  const block = net.effects.slice(from).flatMap(({ node, effect }): Block[] => {
    if (node === 'n1' || effect.kind !== 'publish' || effect.topic !== 'blocks') return [];
    const decoded = decodeBlockMessage(effect.bytes);
    return 'header' in decoded && decoded.header.parentHash === parent ? [decoded] : [];
  })[0]!;
  return { net, block };
}

let id = 0;
export function inject(net: Net, input: { topic: Topic; bytes: Uint8Array } | { request: Uint8Array }): Effect[] {
  const before = net.effects.length;
  id += 1;
  if ('topic' in input) net.give('n1', { kind: 'gossip', from: EVIL, id: `m${id}`, ...input });
  else net.give('n1', { kind: 'request', from: EVIL, id: 1_000_000 + id, bytes: input.request });
  return net.effects.slice(before).flatMap(({ node, effect }) => (node === 'n1' ? [effect] : []));
}

export const codes = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'event' && effect.event.kind === 'rejected' ? [effect.event.code] : []));
export const verdicts = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'verdict' ? [effect.verdict] : []));
export const sealedBy = (net: Net, block: Block, change: Partial<Header>): Block => {
  const key = net.authorities.find(({ signer }) => signer === block.header.miner)!.sealerKey;
  const header = sealHeader({ ...block.header, ...change }, (digest) => signDigest(digest, key));
  return { ...block, header };
};
