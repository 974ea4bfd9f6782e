// What a test says about a network, as matchers of vitest's or jest's form: plain functions that know no test runner.

import { messageOf, NetworkError } from '../cluster/errors.ts';
import { noNode } from '../cluster/plan.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Network } from './network.ts';

/** What a matcher answers. */
export type Matched = { readonly pass: boolean; readonly message: () => string };

/** A depth, exactly or within bounds. */
export type Depth = number | { readonly atLeast?: number; readonly atMost?: number };

/** Waits until the nodes (all that run, where none are named) have one block at one height, with one root. */
export async function toAgree(net: Network, nodes?: readonly NodeName[]): Promise<Matched> {
  expectNodes(net, nodes);
  try {
    const { number, hash } = await net.agreement(nodes);
    return { pass: true, message: () => `expected no agreement, but the nodes have block ${number} ${hash}` };
  } catch (error) {
    return { pass: false, message: () => messageOf(error) };
  }
}

/** Whether the deepest reorganisation so far, of one node or of all, has that depth; at least one block where none is named. */
export function toHaveReorganised(
  net: Network,
  { depth = { atLeast: 1 }, node }: { readonly depth?: Depth; readonly node?: NodeName } = {},
): Matched {
  if (node !== undefined) expectNodes(net, [node]);
  const seen = net.reorganisations().filter((one) => node === undefined || one.node === node);
  const deepest = Math.max(0, ...seen.map((one) => one.depth));
  const { atLeast, atMost } =
    typeof depth === 'number'
      ? { atLeast: depth, atMost: depth }
      : { atLeast: 0, atMost: Number.POSITIVE_INFINITY, ...depth };
  const wanted = atLeast === atMost ? `${atLeast}` : `${atLeast} to ${atMost}`;
  return {
    pass: deepest >= atLeast && deepest <= atMost,
    message: () => `the deepest reorganisation of ${node ?? 'any node'} has ${deepest} blocks; asked for ${wanted}`,
  };
}

/** Whether a node has said that its side cannot seal any more, and has not gone on since. */
export function toHaveHalted(net: Network, node: NodeName): Matched {
  expectNodes(net, [node]);
  const last = net
    .observations()
    .findLast(
      (o) => o.kind === 'event' && o.node === node && (o.event.kind === 'halted' || o.event.kind === 'resumed'),
    );
  const pass = last?.kind === 'event' && last.event.kind === 'halted';
  return { pass, message: () => `${node} ${pass ? 'has halted' : last === undefined ? 'never halted' : 'goes on'}` };
}

/** Waits until the nodes (all that run, where none are named) have the transaction in their chain. */
export async function toHaveMined(net: Network, hash: string, nodes?: readonly NodeName[]): Promise<Matched> {
  expectNodes(net, nodes);
  try {
    const { number } = await net.mined(hash, nodes);
    return { pass: true, message: () => `${hash} stands in block ${number}` };
  } catch (error) {
    return { pass: false, message: () => messageOf(error) };
  }
}

/** Whether some node has seen two results for one block. */
export function toHaveDiverged(net: Network): Matched {
  const seen = net.observations().find((o) => o.kind === 'event' && o.event.kind === 'divergence');
  const where = seen?.kind === 'event' && seen.event.kind === 'divergence' ? `block ${seen.event.block.number}` : '';
  return {
    pass: seen !== undefined,
    message: () => (seen === undefined ? 'no node has seen two results for one block' : `the nodes differ in ${where}`),
  };
}

/** Whether every property of docs/properties.md holds over everything so far. */
export function toKeepItsProperties(net: Network): Matched {
  const broken = net.properties().filter(({ passed }) => !passed);
  return {
    pass: broken.length === 0,
    message: () =>
      broken.length === 0 ? 'every property holds' : broken.map(({ id, evidence }) => `${id}: ${evidence}`).join('\n'),
  };
}

/** A misspelt node would make every `not` true. */
function expectNodes(net: Network, nodes: readonly NodeName[] = []): void {
  const unknown = nodes.find((node) => !net.nodes.includes(node));
  if (unknown !== undefined) throw new NetworkError('nothing-matched', noNode(unknown, net.nodes));
}
