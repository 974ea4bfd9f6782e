// How gossipsub is set up: topics bound to the chain, unsigned messages named by their content, sizes, and a score that only counts
// what a peer did wrong. Peers are a configured list with proven keys, so nothing here judges by address.

import { hash } from 'node:crypto';
import type { GossipsubOpts } from '@libp2p/gossipsub';
import { defaultTopicScoreParams } from '@libp2p/gossipsub/score';
import { TOPICS, type Topic } from '../core/contract.ts';
import { assert } from '../lib/assert.ts';
import { utf8ToBytes } from '../lib/bytes.ts';
import type { Hash } from '../types/transaction.ts';

/** The largest request or response: a block of EIP-7934's 8 MiB with what surrounds it. */
export const MESSAGE_BYTES_MAX = 8 * 1024 * 1024 + 64 * 1024;

/**
 * The largest gossip message. Gossipsub 17 writes its length prefix with it-length-prefixed's own limit of 4 MiB and has no option for it,
 * so a larger block is not published: peers see the head by request within two seconds and fetch the block, which is a request too.
 */
export const GOSSIP_BYTES_MAX = 4 * 1024 * 1024 - 64 * 1024;

/**
 * What a message of a topic may weigh: a batch of transactions is closed when it passes 64 KiB, by a transaction of at most 128 KiB;
 * disagreements and evidence are a few attestations and headers.
 */
export const TOPIC_BYTES_MAX: { readonly [topic in Topic]: number } = {
  transactions: 256 * 1024,
  blocks: GOSSIP_BYTES_MAX,
  disagreements: 64 * 1024,
  evidence: 64 * 1024,
};

/** What may wait for one peer before its gossip stream is given up: several of the largest blocks. */
export const OUTBOUND_BYTES_MAX = 18 * 1024 * 1024;
assert(OUTBOUND_BYTES_MAX > 4 * GOSSIP_BYTES_MAX, 'several blocks may wait where a peer is slow');
assert(OUTBOUND_BYTES_MAX > 2 * MESSAGE_BYTES_MAX, 'a response waits as a whole');

/** How long a message is known as seen: longer than any reorganisation within a connected network. After a partition heads come by request. */
const SEEN_MS = 10 * 60 * 1000;

/** How many heartbeats (1 s) a message waits for the core's verdict before it is no longer forwarded. */
const VALIDATION_HEARTBEATS = 12;

/** The first 16 digits of the genesis hash: what binds topics and protocols to one chain. */
export function networkTag(genesis: Hash): string {
  return genesis.slice(2, 18);
}

/** A topic's name on the network. */
export function topicName(genesis: Hash, topic: Topic): string {
  return `/lockstep/1/${networkTag(genesis)}/${topic}`;
}

/** Gossipsub's options for one chain. */
export function gossipOptions(genesis: Hash): Partial<GossipsubOpts> {
  const names = TOPICS.map((topic) => topicName(genesis, topic));
  return {
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: (message) => messageId(message.topic, message.data),
    asyncValidation: true,
    allowedTopics: names,
    fallbackToFloodsub: false,
    floodPublish: true,
    emitSelf: false,
    doPX: false,
    tagMeshPeers: false,
    // A message that nobody got must not count as seen: it may be published again when somebody is there.
    allowPublishToZeroTopicPeers: false,
    ignoreDuplicatePublishError: true,
    seenTTL: SEEN_MS,
    mcacheLength: VALIDATION_HEARTBEATS,
    maxInboundDataLength: GOSSIP_BYTES_MAX + 64 * 1024,
    maxOutboundBufferSize: OUTBOUND_BYTES_MAX,
    scoreParams: {
      // Only invalid messages weigh: 1 costs 4, 3 cost 36, 5 cost 100; a half-life of 7 s. Silence is no offence in a network that is cut.
      topics: Object.fromEntries(
        names.map((name) => [
          name,
          {
            ...defaultTopicScoreParams,
            topicWeight: 1,
            timeInMeshWeight: 0,
            firstMessageDeliveriesWeight: 0,
            meshMessageDeliveriesWeight: 0,
            meshFailurePenaltyWeight: 0,
            invalidMessageDeliveriesWeight: -4,
            invalidMessageDeliveriesDecay: 0.9,
          },
        ]),
      ),
      // All nodes of a laptop or of a compose subnet share an address, and the wan stands between them.
      IPColocationFactorWeight: 0,
      // Promises that a cut link broke are not a peer's fault: ten a second are free.
      behaviourPenaltyWeight: -1,
      behaviourPenaltyThreshold: 10,
      behaviourPenaltyDecay: 0.5,
      retainScore: 60_000,
    },
    scoreThresholds: { gossipThreshold: -40, publishThreshold: -60, graylistThreshold: -80 },
  };
}

/** A message's name: its content bound to its topic, so that the same bytes on another topic are another message. */
export function messageId(topic: string, data: Uint8Array): Uint8Array {
  const name = utf8ToBytes(topic);
  const preimage = new Uint8Array(1 + name.length + data.length);
  preimage[0] = name.length;
  preimage.set(name, 1);
  preimage.set(data, 1 + name.length);
  return hash('sha256', preimage, 'buffer').subarray(0, 20);
}
