// What stands at the beginning of a segment: which node's life it is, what the core was told at birth (keys left out), and what its store
// held then. JSON, so that a person finds it in the file.

import { z } from 'zod';
import type { NodeOptions } from '../core/options.ts';
import { bytesToUtf8, concatBytes, utf8ToBytes } from '../lib/bytes.ts';

/** Raised when what stands in a recording changes its meaning, or when a core of this version answers otherwise to what it is given. */
export const RECORDING_VERSION = 1;

const MAGIC = 'lockstep recording ';

const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, 'expected an address')
  .transform((text): `0x${string}` => `0x${text.slice(2)}`);
const step = z.int().min(0);

const schema = z.strictObject({
  node: z.string().min(1),
  /** Another one for every life. */
  id: z.string().min(1),
  /** The number of the life among those recorded, from 1. */
  life: z.int().min(1),
  /** By the node's clock. */
  startedMs: z.int(),
  /** What the store held: everything stands in the records that follow, or it is what an earlier life had made of it by a step's end. */
  store: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('snapshot'), entries: z.int().min(0) }),
    z.strictObject({ kind: z.literal('continues'), id: z.string().min(1), step }),
  ]),
  options: z.strictObject({
    name: z.string().min(1),
    seed: z.string(),
    nodeAddress: address,
    sealer: address.nullable(),
    nodes: z.array(z.strictObject({ name: z.string(), nodeAddress: address, signer: address.nullable() })),
    gasLimitTarget: z.int(),
  }),
  /** geth's genesis.json as the node was given it. */
  genesis: z.unknown(),
  /** The planted fault of its machine or of the node itself, so that the replay plants the same. */
  fault: z.string().nullable(),
  /** A tier changes no effect: this one is what the node ran on. */
  tier: z.int(),
});

export type SegmentHead = z.output<typeof schema>;

/** What a recording keeps of a core's options. */
export function recordedOptions(options: Omit<NodeOptions, 'machine'>): SegmentHead['options'] {
  const { name, seed, nodeAddress, sealer, nodes, gasLimitTarget, genesis: _, signNode: __, ...rest } = options;
  rest satisfies Record<string, never>; // an option that is new and forgotten here does not compile
  return {
    name,
    seed,
    nodeAddress,
    sealer: sealer?.address ?? null,
    nodes: nodes.map((node) => ({ name: node.name, nodeAddress: node.nodeAddress, signer: node.signer })),
    gasLimitTarget,
  };
}

/** The first record of a segment. */
export function encodeHead(head: SegmentHead): Uint8Array {
  return concatBytes(utf8ToBytes(`${MAGIC}${RECORDING_VERSION}\n`), utf8ToBytes(JSON.stringify(head)));
}

/** Reads the first record; a text says in a few words why it is none. */
export function decodeHead(record: Uint8Array): SegmentHead | string {
  const text = bytesToUtf8(record);
  if (!text.startsWith(MAGIC)) return 'not a recording of Lockstep';
  const end = text.indexOf('\n');
  const version = text.slice(MAGIC.length, end);
  if (version !== String(RECORDING_VERSION))
    return `a recording of version ${version}, this program reads version ${RECORDING_VERSION}`;
  let json: unknown;
  try {
    json = JSON.parse(text.slice(end + 1));
  } catch {
    return 'its head is not JSON';
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return `its head: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`;
}
