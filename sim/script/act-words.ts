// What may be done to a network, in the words of a scenario's YAML form: the orders of the kernel's vocabulary, processes, transactions.

import { z } from 'zod';
import type { ProcessOrder } from '../cluster/cluster.ts';
import type { LinkShape } from '../kernel/links.ts';
import type { DiskFault } from '../kernel/machine-order.ts';
import { account, address, amount, delay, input, label, mapping, node, nodes, offset, rate, share } from './leaves.ts';
import { oneWord } from './one-word.ts';
import type { Act } from './script.ts';

/** A gas limit that no block has. */
const GAS_MAX = 1_000_000_000;
const TRANSACTION_GAS = 21_000;

const state = z.enum(['open', 'stalled', 'cut']).meta({
  description: 'open carries; stalled holds bytes back and keeps the connection; cut breaks it.',
});
const shape = {
  state: state.optional(),
  delay: delay.optional(),
  jitter: delay.optional(),
  rate: rate.optional(),
  loss: share.optional(),
  duplicate: share.optional(),
  reorder: share.optional(),
};

/** The faults of a disk, by the kernel's words: one that comes to them has to come here. */
const DISK_FAULTS: Readonly<Record<DiskFault, string>> = {
  'write-error': 'the next write fails, and the node ends',
  full: 'every write fails',
  'lost-tail': 'the last batch is gone at the next start',
  'torn-tail': 'half of the last batch is gone at the next start',
  'bit-flip': 'one bit of a value is another one',
  well: 'no fault from now on',
};

/** The words of an act. Each gives a list, since a word may name several nodes: that many acts. */
const WORDS: Readonly<Record<string, z.ZodType<readonly Act[]>>> = {
  partition: z
    .array(z.array(node, { error: 'expected a side: a list of nodes' }).min(1, { error: 'an empty side' }), {
      error: 'expected a list of sides, as in [[n1, n3], [n2, n4, n5]]',
    })
    .min(1, { error: 'expected a list of sides, as in [[n1, n3], [n2, n4, n5]]' })
    .transform((groups): readonly Act[] => [{ kind: 'network', order: { kind: 'partition', groups } }])
    .meta({ description: 'Only the nodes of one side hear each other. Who is not named forms a side of its own.' }),
  heal: z
    .null({ error: "'heal' stands alone" })
    .transform((): readonly Act[] => [{ kind: 'network', order: { kind: 'heal' } }])
    .meta({ description: 'Opens every link and takes away all shapes.' }),
  link: mapping({ from: node, to: node, direction: z.enum(['both', 'one-way']).default('both'), ...shape })
    .transform(({ from, to, direction, ...words }, context): readonly Act[] => {
      const shape = shapeOf(words);
      if (Object.keys(shape).length === 0) {
        context.addIssue({ code: 'custom', message: `says nothing of the link: expected ${LINK_WORDS}` });
      }
      return [{ kind: 'network', order: { kind: 'link', from, to, direction, shape } }];
    })
    .meta({ description: 'Shapes the link between two nodes; what is not named stays.' }),
  stall: linksOf('stalled', 'Holds back everything that a node sends and receives.'),
  cut: linksOf('cut', 'Breaks every connection of a node.'),
  open: linksOf('open', 'Opens every link of a node.'),
  start: processes('start', 'Starts a node.'),
  stop: processes('stop', 'Ends a node in good order.'),
  kill: processes('kill', 'Ends a node at once.'),
  pause: processes('pause', 'Halts a node: it lives and does nothing.'),
  resume: processes('resume', 'Lets a paused node go on.'),
  wipe: processes('wipe', 'Kills a node and empties its store.'),
  clock: mapping({ node, offset })
    .transform((said): readonly Act[] => [
      { kind: 'machine', order: { kind: 'clock', node: said.node, offsetMs: said.offset } },
    ])
    .meta({ description: "A node's clock differs from the network's time by so much from now on." }),
  disk: mapping({ node, fault: z.enum(Object.keys(DISK_FAULTS) as DiskFault[]) }) // the record's keys are its words
    .transform((said): readonly Act[] => [{ kind: 'machine', order: { kind: 'disk', ...said } }])
    .meta({
      description: `A fault of a node's disk. ${Object.entries(DISK_FAULTS)
        .map((entry) => entry.join(': '))
        .join('; ')}.`,
    }),
  sync: mapping({ node, delay })
    .transform((said): readonly Act[] => [
      { kind: 'machine', order: { kind: 'sync', node: said.node, delayMs: said.delay } },
    ])
    .meta({ description: 'What a node writes is durable so much later.' }),
  slow: mapping({ node, perBlock: delay })
    .transform((said): readonly Act[] => [
      { kind: 'machine', order: { kind: 'slow', node: said.node, msPerBlock: said.perBlock } },
    ])
    .meta({ description: 'A node needs so much longer for every block.' }),
  freeze: mapping({ node, time: delay })
    .transform((said): readonly Act[] => [
      { kind: 'machine', order: { kind: 'freeze', node: said.node, ms: said.time } },
    ])
    .meta({ description: 'A node does nothing for so long, once: its event loop is held up.' }),
  repair: z
    .null({ error: "'repair' stands alone" })
    .transform((): readonly Act[] => [{ kind: 'machine', order: { kind: 'repair' } }])
    .meta({ description: 'Clock, disk and speed of every node are in order from now on.' }),
  transfer: mapping({
    name: label.optional(),
    via: node,
    from: account.default(0),
    to: account.default(1),
    value: amount.optional(),
    conflictsWith: label.optional(),
  })
    .transform(({ name = null, via, from, to, value = 1n, conflictsWith = null }): readonly Act[] => [
      { kind: 'transfer', name, via, from, to, wei: value, conflictsWith },
    ])
    .meta({
      description:
        'A transfer between development accounts, given to a node. conflictsWith takes the nonce of another.',
    }),
  call: mapping({
    name: label.optional(),
    via: node,
    from: account.default(0),
    to: address.optional(),
    input: input.optional(),
    gas: z.int().min(TRANSACTION_GAS).max(GAS_MAX),
    value: amount.optional(),
  })
    .transform(({ name = null, via, from, to = null, input = '0x', gas, value = 0n }): readonly Act[] => [
      { kind: 'call', name, via, from, to, input, gas, wei: value },
    ])
    .meta({ description: 'A transaction with data from a development account; without `to` it creates a contract.' }),
  propose: mapping({
    node,
    candidate: address,
    authorize: z.boolean({ error: 'expected true or false' }).default(true),
  })
    .transform((said): readonly Act[] => [{ kind: 'propose', ...said }])
    .meta({
      description:
        'From now on an authority votes to add a signer, or with authorize: false to drop one (clique_propose).',
    }),
  say: z
    .string({ error: 'expected a text' })
    .transform((text): readonly Act[] => [{ kind: 'say', text }])
    .meta({ description: 'A line for whoever watches.' }),
};

const LINK_WORDS = Object.keys(shape).join(', ');

const alone = z
  .enum(['heal', 'repair'])
  .transform((word): readonly Act[] => [
    word === 'heal' ? { kind: 'network', order: { kind: 'heal' } } : { kind: 'machine', order: { kind: 'repair' } },
  ]);

/** One thing that is done; `heal` and `repair` may stand without a colon. */
export const act = z.union([alone, oneWord(WORDS)]);

function linksOf(state: LinkShape['state'], description: string) {
  return nodes
    .transform((names): readonly Act[] =>
      names.map((node) => ({ kind: 'network', order: { kind: 'node', node, state } })),
    )
    .meta({ description });
}

function processes(order: ProcessOrder, description: string) {
  return nodes
    .transform((names): readonly Act[] => names.map((node) => ({ kind: 'process', node, order })))
    .meta({ description });
}

/** The kernel's words for a link, with what was said of it. */
function shapeOf(words: {
  readonly state?: LinkShape['state'] | undefined;
  readonly delay?: number | undefined;
  readonly jitter?: number | undefined;
  readonly rate?: number | null | undefined;
  readonly loss?: number | undefined;
  readonly duplicate?: number | undefined;
  readonly reorder?: number | undefined;
}): Partial<LinkShape> {
  const { state, delay, jitter, rate, loss, duplicate, reorder } = words;
  return {
    ...(state !== undefined && { state }),
    ...(delay !== undefined && { delayMs: delay }),
    ...(jitter !== undefined && { jitterMs: jitter }),
    ...(rate !== undefined && { bitsPerSecond: rate }),
    ...(loss !== undefined && { lossPercent: loss }),
    ...(duplicate !== undefined && { duplicatePercent: duplicate }),
    ...(reorder !== undefined && { reorderPercent: reorder }),
  };
}
