// `lockstep explain`: where nodes' machines part, on a running network or from a bundle, told from the block down to the opcode.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { installBackends } from '../../node/host/backends.ts';
import { present } from '../../node/lib/assert.ts';
import { isHex } from '../../node/lib/bytes.ts';
import { isProblem } from '../../node/recording/segment.ts';
import { DEFAULT_PLAN } from '../cluster/description.ts';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import { openRecording, type Recording } from '../cluster/open-recording.ts';
import { controlAccess, type NodeAccess, relivedAccess } from '../explain/access.ts';
import { explainBundle, explainInto, readBundle } from '../explain/bundle.ts';
import type { Surroundings } from '../explain/explain.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { CompiledContract } from '../explain/sources.ts';
import { tellAgreement, tellExplanation } from '../explain/story.ts';
import { count, joinNames } from '../explain/words.ts';
import type { ActFlags } from './act.ts';
import { EXIT } from './exit.ts';
import { findNetwork } from './find-network.ts';
import { createOutput, type Output } from './output.ts';

export type ExplainFlags = ActFlags & {
  readonly nodes?: string;
  readonly out?: string;
  readonly sources?: readonly string[];
  readonly bundle?: boolean;
};

/** Contracts of the scenarios, with their source maps. */
const COMPILED = fileURLToPath(new URL('../../scenarios/contracts/compiled.json', import.meta.url));

/** Explains and returns the exit status: 101 where machines part, 0 where they do not. */
export async function explainNetwork(file: string | undefined, flags: ExplainFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  await installBackends();
  const contracts = (await Promise.all([COMPILED, ...(flags.sources ?? [])].map(readContracts))).flat();
  const isFolder = file !== undefined && (await stat(file).catch(() => null))?.isDirectory() === true;
  if (file !== undefined && !isFolder) return explainFile(file, flags, contracts, output);
  if (isFolder) {
    const recording = await openRecording(file, flags.nodes === undefined ? null : namesOf(flags.nodes));
    try {
      return await explainNodes(relive(recording, output), contracts, flags, output);
    } finally {
      recording.close();
    }
  }
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  const { facts, nodes } = await client.status();
  const chosen = chooseNodes(nodes, flags.nodes, output);
  const sealers = new Map([...facts.signerOf].map(([name, signer]): [string, string] => [signer, name]));
  const access = chosen.map((name): NodeAccess => controlAccess(client, name));
  return explainNodes({ nodes: access, genesis: facts.genesis, sealers }, contracts, flags, output);
}

/** Nodes that can be asked, and what is known of their network. */
type Askable = Pick<Surroundings, 'genesis' | 'sealers'> & { readonly nodes: readonly NodeAccess[] };

async function explainNodes(
  { nodes, ...known }: Askable,
  contracts: readonly CompiledContract[],
  flags: ExplainFlags,
  output: Output,
): Promise<number> {
  if (nodes.length < 2)
    throw new NetworkError('nothing-matched', `${count(nodes.length, 'node')} to compare: a difference takes two`);
  const out = flags.bundle === false ? null : flags.out;
  if (typeof out === 'string') await expectFolder(out);
  const { found, bundle } = await explainInto(nodes, { ...known, contracts });
  if (!('explanation' in found)) {
    output.result(found, tellAgreement(found).join('\n'));
    output.result({ kind: 'summary', divergence: false, nodes: found.nodes, passed: true }, null);
    return EXIT.fine;
  }
  const { explanation } = found;
  const path = out === null ? null : (out ?? bundleName(explanation));
  if (path !== null) await writeBundle(path, bundle);
  return tell(explanation, path, output);
}

/** Lives every recorded node again, to its end. */
function relive(recording: Recording, output: Output): Askable {
  const sealers = new Map<string, string>();
  let genesis: unknown;
  const nodes = recording.nodes.flatMap(({ name, segments }): NodeAccess[] => {
    const head = segments[0]?.head;
    if (head === undefined) {
      output.progress(`${name} never ran and is not asked`);
      return [];
    }
    genesis ??= head.genesis;
    if (head.options.sealer !== null) sealers.set(head.options.sealer, name);
    const player = recording.player(name, DEFAULT_PLAN.tier);
    for (let played = player.next(); played !== null; played = player.next()) {
      if (isProblem(played)) throw new NetworkError('recording', played.message);
      if (played.difference !== null)
        throw new NetworkError('recording', `${name} does not do what it did then: lockstep replay says where`);
    }
    if (player.view() === null) return [];
    return [relivedAccess(name, () => present(player.view(), 'a life with a step'))];
  });
  return { nodes, genesis, sealers };
}

/** Says again what a bundle holds, and executes its block here. */
async function explainFile(
  file: string,
  flags: ExplainFlags,
  contracts: readonly CompiledContract[],
  output: Output,
): Promise<number> {
  if (flags.nodes !== undefined || flags.out !== undefined)
    throw new NetworkError('usage', '--nodes and --out are for a running network, not for a bundle');
  const { explanation, sameSteps } = await explainBundle(readBundle(await read(file), file), file, { contracts });
  const status = tell(explanation, null, output);
  if (sameSteps !== null)
    output.result(
      { kind: 'replay', sameSteps },
      sameSteps.length === 0
        ? 'Its steps are those of neither recorded run.'
        : `It takes the very steps that ${joinNames(sameSteps)} took.`,
    );
  return status;
}

function tell(explanation: Explanation, path: string | null, output: Output): number {
  output.result(explanation, tellExplanation(explanation).join('\n'));
  if (path !== null)
    output.result({ kind: 'bundle', path }, `\nAnybody can repeat this without the network: lockstep explain ${path}`);
  const { culprits, block } = explanation;
  output.result(
    { kind: 'summary', divergence: true, block: block.number, culprits, bundle: path, passed: false },
    null,
  );
  return EXIT.divergence;
}

type Status = { readonly name: string; readonly running: boolean; readonly paused: boolean };

function chooseNodes(all: readonly Status[], wanted: string | undefined, output: Output): readonly string[] {
  const chosen = wanted === undefined ? all : namesOf(wanted).map((name) => statusOf(all, name));
  const silent = chosen.filter(({ running, paused }) => !running || paused);
  const asked = chosen.filter((node) => !silent.includes(node)).map(({ name }) => name);
  for (const { name, paused } of silent)
    output.progress(`${name} ${paused ? 'is paused' : 'does not run'} and is not asked`);
  return asked;
}

function namesOf(text: string): readonly string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))];
}

function statusOf(all: readonly Status[], name: string): Status {
  const found = all.find((node) => node.name === name);
  if (found !== undefined) return found;
  throw new NetworkError(
    'nothing-matched',
    `--nodes: no node '${name}' in this network (it has ${all.map((node) => node.name).join(', ')})`,
  );
}

function bundleName({ block }: Explanation): string {
  return `divergence-${block.number}-${block.hash.slice(2, 10)}.json`;
}

async function expectFolder(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => null);
  if (folder?.isDirectory() !== true) throw new NetworkError('usage', `--out ${path}: no folder ${dirname(path)}`);
}

async function writeBundle(path: string, bundle: unknown): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(bundle)}\n`);
  } catch (error) {
    throw new NetworkError('data-folder', `--out ${path}: ${messageOf(error)}`);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new NetworkError('usage', `${file}: ${messageOf(error)}`);
  }
}

const compiled = z.array(
  z.object({
    name: z.string(),
    runtime: z.string().refine((text) => isHex(text)),
    sourceMap: z.string(),
    sources: z.array(z.object({ file: z.string(), text: z.string() }).nullable()),
  }),
);

async function readContracts(file: string): Promise<readonly CompiledContract[]> {
  let json: unknown;
  try {
    json = JSON.parse(await read(file));
  } catch (error) {
    if (error instanceof NetworkError) throw error;
    throw new NetworkError('usage', `--sources ${file}: not JSON`);
  }
  const parsed = compiled.safeParse(json);
  if (parsed.success) return parsed.data as readonly CompiledContract[]; // `runtime` was seen to be hex
  const issue = parsed.error.issues[0];
  throw new NetworkError(
    'usage',
    `--sources ${file}: expected a list of contracts with name, runtime, sourceMap and sources (${issue?.path.join('.')}: ${issue?.message})`,
  );
}
