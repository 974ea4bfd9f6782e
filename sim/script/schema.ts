// The form of a scenario in YAML: one schema, from which come the check of a file, the data that is played, and the JSON Schema that an
// editor completes by. Names of nodes and transactions against each other are check-names.ts's affair.

import { z } from 'zod';
import { DEFAULT_TIER, TIERS } from '../../node/types/tier.ts';
import { AUTHORITIES_MAX, DEFAULT_PLAN, EPOCH_MAX, FOLLOWERS_MAX, PERIOD_SECONDS_MAX } from '../cluster/description.ts';
import { act } from './act-words.ts';
import { label, mapping, node, nodes, wait } from './leaves.ts';
import { oneWordOn, type SaidOf, type Words } from './one-word.ts';
import { type Condition, DEPTH_MAX, EVENT_WORDS, type Expectation } from './script.ts';

/** More than any story needs, and little enough to check at once. */
const STEPS_MAX = 10_000;
const ACTS_MAX = 1_000;

const height = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const event = z.enum(EVENT_WORDS);
const depth = z.int().min(0).max(DEPTH_MAX);
const all = z
  .union([z.literal('all').transform(() => null), nodes], { error: 'expected all, or a list of nodes' })
  .meta({ description: 'all for every node that runs, or a list of nodes.' });
const CONDITIONS: Words<SaidOf<Condition>> = {
  height: height
    .transform(
      (number): SaidOf<Condition> =>
        (nodes) => ({ kind: 'height', number, nodes }),
    )
    .meta({ description: 'The nodes have a head of at least that height.' }),
  blocks: z
    .int()
    .min(1)
    .max(1_000_000)
    .transform(
      (count): SaidOf<Condition> =>
        (nodes) => ({ kind: 'blocks', count, nodes }),
    )
    .meta({ description: 'So many further blocks, counted from the highest head of the nodes.' }),
  time: wait
    .transform(
      (ms): SaidOf<Condition> =>
        () => ({ kind: 'time', ms }),
    )
    .meta({ description: 'So long after the beginning of the timeline.' }),
  after: wait
    .transform(
      (ms): SaidOf<Condition> =>
        () => ({ kind: 'after', ms }),
    )
    .meta({ description: 'So long after the step before.' }),
  event: event
    .transform(
      (event): SaidOf<Condition> =>
        (nodes) => ({ kind: 'event', event, nodes }),
    )
    .meta({ description: 'The nodes have told of it since the step before.' }),
  mined: label
    .transform(
      (transaction): SaidOf<Condition> =>
        (nodes) => ({ kind: 'mined', transaction, nodes }),
    )
    .meta({ description: 'The transaction of that name is in the chain of the nodes.' }),
  agreement: all
    .transform(
      (nodes): SaidOf<Condition> =>
        () => ({ kind: 'agreement', nodes }),
    )
    .meta({ description: 'The nodes have one block and one root at the lowest of their heads.' }),
};

const EXPECTATIONS: Words<SaidOf<Expectation>> = {
  agreement: all
    .transform(
      (nodes): SaidOf<Expectation> =>
        () => ({ kind: 'agreement', nodes }),
    )
    .meta({ description: 'The nodes have one block and one root at the lowest of their heads.' }),
  height: height
    .transform(
      (atLeast): SaidOf<Expectation> =>
        (nodes) => ({ kind: 'height', atLeast, nodes }),
    )
    .meta({ description: 'The nodes have come to at least that height.' }),
  mined: label
    .transform(
      (transaction): SaidOf<Expectation> =>
        (nodes) => ({ kind: 'mined', transaction, nodes }),
    )
    .meta({ description: 'The transaction of that name is in the chain of the nodes.' }),
  nowhere: label
    .transform(
      (transaction): SaidOf<Expectation> =>
        () => ({ kind: 'nowhere', transaction }),
    )
    .meta({ description: 'The transaction of that name is in no chain.' }),
  'one-survives': z
    .array(label, { error: 'expected a list of transactions' })
    .min(2, { error: 'expected two transactions at least' })
    .transform(
      (transactions): SaidOf<Expectation> =>
        () => ({ kind: 'one-survives', transactions }),
    )
    .meta({ description: 'Exactly one of these transactions is in the chain, on every node the same.' }),
  reorganised: z
    .union(
      [
        depth.transform((exactly) => ({ min: exactly, max: exactly })),
        mapping({ min: depth.default(1), max: depth.default(DEPTH_MAX) }),
      ],
      { error: 'expected a depth, or { min, max }' },
    )
    .transform(
      ({ min, max }): SaidOf<Expectation> =>
        (nodes) => ({ kind: 'reorganised', depthMin: min, depthMax: max, nodes }),
    )
    .meta({
      description: 'The deepest reorganisation of each of the nodes (without `on`: of all together) is so deep.',
    }),
  event: event
    .transform(
      (event): SaidOf<Expectation> =>
        (nodes) => ({ kind: 'event', event, nodes }),
    )
    .meta({ description: 'The nodes have told of it; without `on` any one has.' }),
  never: event
    .transform(
      (event): SaidOf<Expectation> =>
        (nodes) => ({ kind: 'never', event, nodes }),
    )
    .meta({ description: 'None of the nodes has told of it.' }),
};

/** Words that say themselves of which nodes they speak, or of none. */
const WITHOUT_ON = ['time', 'after', 'agreement', 'nowhere', 'one-survives'];

const condition = oneWordOn(CONDITIONS, WITHOUT_ON).meta({
  description: 'What is waited for before the step. Without it the step follows at once.',
});
const expectation = oneWordOn(EXPECTATIONS, WITHOUT_ON);

const step = mapping({
  when: condition.optional(),
  do: z
    .array(act, { error: 'expected a list of things to do' })
    .max(ACTS_MAX)
    .default(() => []),
})
  .transform(({ when, do: acts }) => ({ when: when ?? null, do: acts }))
  .meta({ description: 'Waits for its condition, then does what it says, in its order.' });

const network = mapping({
  authorities: z
    .int()
    .min(1)
    .max(AUTHORITIES_MAX)
    .default(DEFAULT_PLAN.authorities)
    .meta({ description: 'Signers: n1, n2, …' }),
  followers: z
    .int()
    .min(0)
    .max(FOLLOWERS_MAX)
    .default(DEFAULT_PLAN.followers)
    .meta({ description: 'They execute and compare, and never seal: f1, f2, …' }),
  period: z
    .int()
    .min(1)
    .max(PERIOD_SECONDS_MAX)
    .default(DEFAULT_PLAN.period)
    .meta({ description: 'Seconds between blocks.' }),
  signerLimit: z
    .int()
    .min(1)
    .max(AUTHORITIES_MAX)
    .optional()
    .transform((limit) => limit ?? null)
    .meta({ description: 'A signer seals at most one of any so many consecutive blocks. 1 switches the rule off.' }),
  epoch: z
    .int()
    .min(1)
    .max(EPOCH_MAX)
    .optional()
    .transform((epoch) => epoch ?? null)
    .meta({ description: 'Blocks from checkpoint to checkpoint, where votes are forgotten: 30000 if it is not said.' }),
  late: nodes
    .optional()
    .transform((names) => names ?? [])
    .meta({ description: 'Nodes that are not started with the others.' }),
  faults: z
    .record(node, z.string({ error: 'expected the name of a planted fault' }))
    .default(() => ({}))
    .meta({ description: 'Planted faults by node: a faulty machine, or one who breaks the protocol.' }),
  tier: z
    .literal([...TIERS])
    .default(DEFAULT_TIER)
    .meta({ description: "The virtual machine's tier." }),
});

/** A scenario's YAML form; its output is a script, with the acts of each word by themselves. */
export const scriptSchema = mapping({
  name: label.meta({ description: 'By which the scenario is known.' }),
  title: z.string({ error: 'expected a text' }).default('').meta({ description: 'One line on what happens.' }),
  seed: z
    .union([z.string().min(1), z.int().transform(String)], { error: 'expected a text or a whole number' })
    .optional()
    .transform((seed) => seed ?? null)
    .meta({ description: 'The seed of the run; --seed goes before it.' }),
  network: network.default(() => network.parse({})).meta({ description: 'The network that the scenario wants.' }),
  load: mapping({
    every: wait,
    of: z
      .literal('programs')
      .optional()
      .meta({ description: 'Programs that use much of a machine, instead of transfers.' }),
  })
    .optional()
    .transform((load) =>
      load === undefined ? null : { everyMs: load.every, ...(load.of !== undefined && { of: load.of }) },
    )
    .meta({ description: 'Transactions from development accounts while the timeline plays.' }),
  timeline: z
    .array(step, { error: 'expected a list of steps' })
    .max(STEPS_MAX)
    .meta({ description: 'The steps, in their order.' }),
  expect: z
    .array(expectation, { error: 'expected a list of expectations' })
    .max(ACTS_MAX)
    .default(() => [])
    .meta({ description: 'What must hold behind the last step.' }),
}).meta({
  title: 'Lockstep scenario',
  description: 'A network, its load, a timeline of faults, and what is expected.',
});

/** The JSON Schema of the YAML form, for editors. */
export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(scriptSchema, { io: 'input' });
}
