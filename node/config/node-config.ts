// The configuration file of one node: its schema, and what is wrong with one, as one line that names the file and the field.
// It reads no file and starts nothing. Paths stay as written: the host resolves them against the file's own folder.

import { z } from 'zod';
import { DEFAULT_TIER, TIERS } from '../types/tier.ts';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a name like n1: lower-case letters, digits and hyphens');
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits')
  .transform((text): `0x${string}` => `0x${text.slice(2).toLowerCase()}`);
const key = z
  .string()
  // Neither the message nor zod's issue repeats the value: no key material in any output.
  .regex(/^(0x)?[0-9a-fA-F]{64}$/, 'expected a private key: 64 hex digits')
  .transform((text): `0x${string}` => `0x${text.replace(/^0x/, '').toLowerCase()}`);
const host = z.string().min(1, 'expected a host name or an address');
const port = z.int().min(0, 'expected a port').max(65_535, 'expected a port');
const dialPort = port.refine((value) => value !== 0, 'expected a port that can be dialled');

const schema = z.strictObject({
  /** Who this node is in `nodes`. */
  name,
  /** The path of a geth genesis.json. */
  genesis: z.string().min(1),
  /** The node's identity on the network; it also signs attestations. */
  nodeKey: key,
  /** The key that seals blocks; null for a follower. */
  sealerKey: key.nullable(),
  /** The seed of everything that looks random in this node: back-offs, out-of-turn delays. */
  seed: z.string().min(1),
  /** Every node of the network, this one included. Others are refused. */
  nodes: z.array(
    z.strictObject({ name, nodeAddress: address, signer: address.nullable(), peerId: z.string().min(1).optional() }),
  ),
  /** Where peers reach this node; port 0 takes a free one. */
  p2p: z.strictObject({ host, port }),
  /**
   * Where this node reaches its peers: in a local network a port of the wan. Of each pair the node with the lower name (by code unit)
   * dials, so a pair has one connection; entries for lower names are allowed and not used.
   */
  dial: z.array(z.strictObject({ name, host, port: dialPort })),
  /** JSON-RPC. Further Host headers and Origins beside loopback. */
  rpc: z.strictObject({ host, port, allowedHosts: z.array(z.string()), corsOrigins: z.array(z.string()) }),
  /** The operator's port; every request carries the token. */
  admin: z.strictObject({ host, port, token: z.string().min(16, 'expected a token of 16 or more characters') }),
  /** The folder of the store. */
  data: z.string().min(1),
  /** What a sealer moves the gas limit towards. */
  gasLimitTarget: z.int().min(5_000),
  /** Added to the wall clock, milliseconds: a node with a wrong clock. */
  clockOffsetMs: z.int().default(0),
  /** Which tier of the virtual machine is preferred; results are the same on each. */
  tier: z.literal(TIERS, `expected a tier of the virtual machine: ${TIERS.join(', ')}`).default(DEFAULT_TIER),
  /** The folder in which the lives of this node are recorded, one file each; null for none. */
  recording: z.string().min(1).nullable().default(null),
  /** A planted fault's name. A node knows none; the process entries of sim/cluster do. */
  fault: z.string().nullable().default(null),
});

/** One node's configuration, checked. Keys are hex with 0x: never print it. */
export type NodeConfig = z.output<typeof schema>;

/** What stands in a file, before defaults. */
export type NodeConfigFile = z.input<typeof schema>;

/** Why a text is no configuration. `message` is one line: file, field path, sentence. */
export type ConfigProblem = { readonly kind: 'config-problem'; readonly path: string; readonly message: string };

/**
 * Reads the text of a configuration file. Checks in this order: JSON, each field, names unique, `name` listed in `nodes`,
 * `dial` names others that are listed.
 */
export function parseNodeConfig(text: string, file: string): NodeConfig | ConfigProblem {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds keys.
    return problem(file, '', 'not JSON');
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    return problem(file, pathOf(issue?.path ?? []), issue?.message ?? 'not a configuration');
  }
  return checkNames(result.data, file);
}

function checkNames(config: NodeConfig, file: string): NodeConfig | ConfigProblem {
  const names = new Set<string>();
  for (const [index, node] of config.nodes.entries()) {
    if (names.has(node.name)) return problem(file, `nodes[${index}].name`, `${node.name} is listed twice`);
    names.add(node.name);
  }
  if (!names.has(config.name)) return problem(file, 'name', `${config.name} is not in nodes`);
  const dialled = new Set<string>();
  for (const [index, target] of config.dial.entries()) {
    const path = `dial[${index}].name`;
    if (!names.has(target.name)) return problem(file, path, `${target.name} is not in nodes`);
    if (target.name === config.name) return problem(file, path, 'a node does not dial itself');
    if (dialled.has(target.name)) return problem(file, path, `${target.name} is listed twice`);
    dialled.add(target.name);
  }
  return config;
}

function pathOf(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`;
  return text;
}

function problem(file: string, path: string, sentence: string): ConfigProblem {
  const where = path === '' ? file : `${file}: ${path}`;
  return { kind: 'config-problem', path, message: `${where}: ${sentence}` };
}
