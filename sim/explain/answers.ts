// What nodes answer to the explanation's questions, checked where it comes in: a node whose machine is wrong may be wrong elsewhere too.

import { z } from 'zod';
import type { StepRecord } from '../../node/evm/step-record.ts';
import { type Hex, isHex } from '../../node/lib/bytes.ts';
import { formatStep } from '../../node/rpc/methods/explain.ts';
import { RpcError } from '../cluster/cluster.ts';
import { NetworkError } from '../cluster/errors.ts';
import type { NodeAccess } from './access.ts';

const hex = z.custom<Hex>((value) => isHex(value));
const hash = z.custom<Hex>((value) => isHex(value, 32));
const address = z.custom<Hex>((value) => isHex(value, 20));
/** A quantity, which may have an odd number of digits. */
const quantity = z.string().regex(/^0x[0-9a-f]{1,64}$/);
const whole = z.number().int().min(0);

const result = z.object({ stateRoot: hash, receiptsRoot: hash, gasUsed: whole });
/** What a machine computed for a block. */
export type Result = z.output<typeof result>;

const place = { hash, number: whole, parentHash: hash, sealer: address, transactions: whole };

const part = z.object({
  part: z.number().int().min(-1),
  root: hash,
  touched: z.array(z.object({ address, slots: z.array(quantity) })),
  receipt: z.object({ status: whole, gasUsed: whole, logs: whole, logsHash: hash }).nullable(),
});
/** What one part of a block made of the state. */
export type Part = z.output<typeof part>;

const written = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('memory'), offset: whole, size: whole, bytes: hex }),
  z.object({ kind: z.enum(['storage', 'transient']), address, slot: quantity, value: hash }),
  z.object({ kind: z.literal('log'), address, topics: z.array(hash), data: hex }),
  z.object({ kind: z.literal('returned'), size: whole, bytes: hex, memory: hex }),
]);
export type WrittenAnswer = z.output<typeof written>;

const step = z.object({
  pc: whole,
  op: z.number().int().min(0).max(255),
  depth: z.number().int().min(1),
  gas: quantity,
  gasCost: quantity,
  refund: z.number().int(),
  stack: z.array(quantity).max(17),
  stackHeight: whole,
  address,
  codeAddress: address,
  codeHash: hash.nullable(),
  written: written.nullable(),
});
/** The moment before a step. */
export type StepAnswer = z.output<typeof step>;

/** A step of a machine in this thread, in the form in which nodes answer. */
export function stepAnswer(record: StepRecord): StepAnswer {
  return step.parse(formatStep(record));
}

/** The methods, and the shape of what each answers. */
const ANSWERS = {
  eth_blockNumber: quantity.transform(Number),
  eth_getBlockByNumber: z.object({ hash, stateRoot: hash }).nullable(),
  lockstep_mismatches: z.array(z.object({ ...place, claimed: result, own: result, repeats: z.boolean().nullable() })),
  lockstep_ownResult: result.extend({ refused: z.boolean() }).nullable(),
  lockstep_block: z.object({ ...place, rlp: hex }).nullable(),
  lockstep_intermediateRoots: z.object({
    ...place,
    result: result.nullable(),
    refusal: z.string().nullable(),
    judged: result.nullable(),
    parts: z.array(part),
  }),
  lockstep_witness: z.object({
    nodes: z.array(hex),
    codes: z.array(hex),
    blockHashes: z.array(z.tuple([whole, hash])),
  }),
  lockstep_trieNodes: z.array(hex.nullable()),
  lockstep_code: hex.nullable(),
  lockstep_traceMarks: z.object({
    every: z.number().int().positive(),
    steps: whole,
    cut: z.boolean(),
    kept: z.boolean(),
    digest: z.string(),
    marks: z.array(z.string()),
  }),
  lockstep_traceSteps: z.object({ from: whole, kept: z.boolean(), steps: z.array(step) }),
} as const;

type Answers = { readonly [M in keyof typeof ANSWERS]: z.output<(typeof ANSWERS)[M]> };
export type BlockAnswer = NonNullable<Answers['lockstep_block']>;
export type MismatchAnswer = Answers['lockstep_mismatches'][number];
export type RootsAnswer = Answers['lockstep_intermediateRoots'];
export type MarksAnswer = Answers['lockstep_traceMarks'];
export type WitnessAnswer = Answers['lockstep_witness'];

/** Asks a node and checks the answer. NetworkError where it is none of that method. */
export async function ask<M extends keyof Answers>(
  node: NodeAccess,
  method: M,
  ...params: readonly unknown[]
): Promise<Answers[M]> {
  const parsed = ANSWERS[method].safeParse(await node.ask(method, params));
  if (parsed.success) return parsed.data as Answers[M]; // the schema of that method
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new NetworkError('unreachable', `${node.name} answers ${method} with something else${where}`);
}

/** The same, null where the node refuses: it does not know the block, or has not its parent. */
export async function askIfAble<M extends keyof Answers>(
  node: NodeAccess,
  method: M,
  ...params: readonly unknown[]
): Promise<Answers[M] | null> {
  try {
    return await ask(node, method, ...params);
  } catch (error) {
    if (error instanceof RpcError) return null;
    throw error;
  }
}
