// A divergence in one file: the genesis, the block, what of the parent's state it takes to execute it, both machines' steps, and every question
// that was asked with its answer. Whoever has the file explains it again without the network, and executes the block on a machine of their own.

import { z } from 'zod';
import { watchPart } from '../../node/chain/retrace.ts';
import { STEPS_PER_MARK } from '../../node/evm/step-digest.ts';
import { type Hex, hexToBytes, isHex } from '../../node/lib/bytes.ts';
import { blockHash, decodeBlock } from '../../node/types/block.ts';
import { isRejection } from '../../node/types/rejection.ts';
import { NetworkError } from '../cluster/errors.ts';
import { type Asked, type NodeAccess, rememberedAccess, rememberingAccess } from './access.ts';
import { ask, type StepAnswer, stepAnswer } from './answers.ts';
import { type Explained, explain, type Surroundings } from './explain.ts';
import type { Agreement, Explanation } from './explanation.ts';
import { environmentOf, type Witness } from './referee.ts';

const KIND = 'lockstep-divergence';
const VERSION = 1;
/** Steps that a bundle has of each machine; of a longer run it has those around the place where they part. */
const STEPS_MAX = 8_192;
const STEPS_PER_QUESTION = 4 * STEPS_PER_MARK;

const hex = z.custom<Hex>((value) => isHex(value));
const asked = z.custom<Asked>(
  (value) => typeof value === 'object' && value !== null && 'method' in value && 'params' in value,
);
const bundleSchema = z.object({
  kind: z.literal(KIND),
  version: z.literal(VERSION),
  /** geth's genesis.json. */
  genesis: z.unknown(),
  /** RLP. */
  block: hex,
  parent: z
    .object({
      stateRoot: hex,
      nodes: z.array(hex),
      codes: z.array(hex),
      blockHashes: z.array(z.tuple([z.number(), hex])),
    })
    .nullable(),
  sealers: z.record(z.string(), z.string()),
  contracts: z.array(
    z.object({
      name: z.string(),
      runtime: hex,
      sourceMap: z.string(),
      sources: z.array(z.object({ file: z.string(), text: z.string() }).nullable()),
    }),
  ),
  /** By node: all steps of the part at which they part, or null where there are too many. */
  traces: z.array(z.object({ node: z.string(), part: z.number(), steps: z.array(z.unknown()).nullable() })),
  nodes: z.array(z.object({ name: z.string(), asked: z.array(asked) })),
});
export type Bundle = z.output<typeof bundleSchema>;

/** Explains, and puts all of it into a bundle; null where nothing differs. */
export async function explainInto(
  nodes: readonly NodeAccess[],
  around: Surroundings,
): Promise<{ readonly found: Explained | Agreement; readonly bundle: Bundle | null }> {
  const memory = nodes.map(({ name }) => ({ name, asked: [] as Asked[] }));
  const remembering = nodes.map((node, i) => rememberingAccess(node, (one) => memory[i]?.asked.push(one)));
  const found = await explain(remembering, around);
  if (!('explanation' in found)) return { found, bundle: null };
  const { explanation, rlp, witness } = found;
  // The witness becomes the parent, and whole runs the traces: neither is kept twice.
  const answers = memory.map(({ name, asked: all }) => ({
    name,
    asked: all.filter(({ method }) => method !== 'lockstep_witness'),
  }));
  const source = explanation.step?.kind === 'parted' ? explanation.step.step.source : null;
  const bundle: Bundle = {
    kind: KIND,
    version: VERSION,
    genesis: around.genesis,
    block: rlp,
    parent: witness === null ? null : parentOf(witness),
    sealers: Object.fromEntries(around.sealers),
    contracts: around.contracts
      .filter(({ name }) => name === source?.contract)
      .map(({ name, runtime, sourceMap, sources }) => ({ name, runtime, sourceMap, sources: [...sources] })),
    traces: await takeTraces(remembering, explanation, rlp),
    nodes: answers,
  };
  return { found, bundle };
}

function parentOf(witness: Witness): Bundle['parent'] {
  const { parentStateRoot: stateRoot, nodes, codes, blockHashes } = witness;
  return { stateRoot, nodes: [...nodes], codes: [...codes], blockHashes: blockHashes.map(([n, hash]) => [n, hash]) };
}

async function takeTraces(
  nodes: readonly NodeAccess[],
  { block, compared, part, step }: Explanation,
  rlp: string,
): Promise<Bundle['traces']> {
  if (part === null || step?.kind !== 'parted') return [];
  const traces: Bundle['traces'] = [];
  for (const [i, name] of compared.entries()) {
    const node = nodes.find((one) => one.name === name);
    const total = step.step.sides[i]?.steps ?? 0;
    if (node === undefined) continue;
    const isThere = (await ask(node, 'lockstep_block', block.hash)) !== null;
    const steps: StepAnswer[] = [];
    while (total <= STEPS_MAX && steps.length < total) {
      const params = [isThere ? block.hash : rlp, part.part, steps.length, STEPS_PER_QUESTION] as const;
      const { steps: more } = await ask(node, 'lockstep_traceSteps', ...params);
      if (more.length === 0) break;
      steps.push(...more);
    }
    traces.push({ node: name, part: part.part, steps: total <= STEPS_MAX ? steps : null });
  }
  return traces;
}

/** Reads a bundle's text. Throws NetworkError with what is wrong, in one line. */
export function readBundle(text: string, file: string): Bundle {
  const bad = (why: string): NetworkError => new NetworkError('usage', `${file}: ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw bad('not JSON, or cut off');
  }
  const parsed = bundleSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { kind, version } =
    typeof json === 'object' && json !== null ? { kind: undefined, version: undefined, ...json } : {};
  if (kind !== KIND) throw bad('no bundle of lockstep explain');
  if (version !== VERSION) throw bad(`a bundle of version ${String(version)}, this is version ${VERSION}`);
  const issue = parsed.error.issues[0];
  throw bad(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}

/** What the replay of a bundle found beside the explanation: which recorded run the fresh machine's steps repeat. */
export type Repeated = {
  readonly explanation: Explanation;
  /** Nodes whose recorded steps a fresh machine takes exactly; null where the bundle has no whole runs. */
  readonly sameSteps: readonly string[] | null;
};

/** Explains a bundle again: from its answers, and by a fresh machine from its witness. */
export async function explainBundle(
  bundle: Bundle,
  file: string,
  around: Pick<Surroundings, 'contracts'>,
): Promise<Repeated> {
  try {
    return await repeat(bundle, file, around);
  } catch (error) {
    if (!(error instanceof NetworkError) || error.message.startsWith(file)) throw error;
    throw new NetworkError(error.code, `${file}: ${error.message}`);
  }
}

async function repeat(bundle: Bundle, file: string, around: Pick<Surroundings, 'contracts'>): Promise<Repeated> {
  const block = decodeBlock(hexToBytes(bundle.block));
  if (isRejection(block)) throw new NetworkError('usage', `${file}: the block does not decode: ${block.message}`);
  const witness = witnessOf(bundle);
  const nodes = bundle.nodes.map(({ name, asked: all }) => rememberedAccess(name, all));
  const found = await explain(nodes, {
    genesis: bundle.genesis,
    sealers: new Map(Object.entries(bundle.sealers)),
    contracts: [...bundle.contracts, ...around.contracts],
    witness,
  });
  if (!('explanation' in found) || found.explanation.block.hash !== blockHash(block))
    throw new NetworkError('usage', `${file}: its answers do not lead to its block ${blockHash(block)}`);
  return { explanation: found.explanation, sameSteps: witness === null ? null : compareSteps(bundle, witness) };
}

function witnessOf({ genesis, parent }: Bundle): Witness | null {
  if (parent === null) return null;
  const { stateRoot, nodes, codes, blockHashes } = parent;
  return { genesis, parentStateRoot: stateRoot, nodes, codes, blockHashes };
}

/** Lets a fresh machine take the steps of the part, and says whose run they are. */
function compareSteps({ block: rlp, traces }: Bundle, witness: Witness): readonly string[] | null {
  const [first] = traces;
  const block = decodeBlock(hexToBytes(rlp));
  if (first === undefined || isRejection(block) || traces.some(({ steps }) => steps === null)) return null;
  const fresh: string[] = [];
  watchPart(environmentOf(witness), block, first.part, (record) => {
    fresh.push(JSON.stringify(stepAnswer(record)));
    return fresh.length < STEPS_MAX;
  });
  return traces.flatMap(({ node, steps }) => {
    const isSame = steps?.length === fresh.length && steps.every((step, i) => JSON.stringify(step) === fresh[i]);
    return isSame ? [node] : [];
  });
}
