// What a scenario asks for, as the plan of a network; and what is wrong with it, whoever wrote it: a file in TypeScript, in YAML, or a test.

import { findFault, plantedFaults } from '../faults/planted.ts';
import type { NodeName } from '../kernel/links.ts';
import type { NetworkPlan } from './cluster.ts';
import {
  AUTHORITIES_MAX,
  DEFAULT_PLAN,
  EPOCH_MAX,
  FOLLOWERS_MAX,
  nodeNames,
  PERIOD_SECONDS_MAX,
} from './description.ts';
import { NetworkError } from './errors.ts';

/** A network as a scenario wants it; what is absent is the default's. */
export type NetworkWish = Partial<Omit<NetworkPlan, 'seed' | 'faults'>> & {
  readonly faults?: Readonly<Record<NodeName, string>>;
};

/** One thing that is wrong with a wish: where, from the wish's own fields down, and why. */
export type PlanProblem = { readonly path: readonly (string | number)[]; readonly why: string };

/** The plan of a wish. The wish must have no problems: planProblems says. */
export function planOfWish({ faults = {}, ...wish }: NetworkWish, seed: string): NetworkPlan {
  return { ...DEFAULT_PLAN, ...wish, faults: new Map(Object.entries(faults)), seed };
}

/** All that is wrong with a wish: numbers beyond their limits, names of no node, faults that there are not. */
export function planProblems(wish: NetworkWish): readonly PlanProblem[] {
  const plan = planOfWish(wish, DEFAULT_PLAN.seed);
  const problems: PlanProblem[] = [];
  const expectWhole = (field: string, value: number, least: number, most: number): void => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return;
    problems.push({ path: [field], why: `expected a whole number from ${least} to ${most}` });
  };
  expectWhole('authorities', plan.authorities, 1, AUTHORITIES_MAX);
  expectWhole('followers', plan.followers, 0, FOLLOWERS_MAX);
  expectWhole('period', plan.period, 1, PERIOD_SECONDS_MAX);
  if (problems.length > 0) return problems; // whose names there are is not known
  if (plan.signerLimit !== null) expectWhole('signerLimit', plan.signerLimit, 1, plan.authorities);
  if (plan.epoch !== null) expectWhole('epoch', plan.epoch, 1, EPOCH_MAX);
  const nodes = nodeNames(plan);
  plan.late.forEach((node, index) => {
    if (!nodes.includes(node)) problems.push({ path: ['late', index], why: noNode(node, nodes) });
  });
  for (const [node, fault] of plan.faults) {
    if (!nodes.includes(node)) problems.push({ path: ['faults', node], why: noNode(node, nodes) });
    else if (findFault(fault, nodeNames({ ...plan, followers: 0 })) === null) {
      const known = plantedFaults().map((planted) => planted.name);
      problems.push({
        path: ['faults', node],
        why: `no planted fault '${fault}' (there are ${known.join(', ')}, and clone-of-n1 for any authority)`,
      });
    }
  }
  return problems;
}

/** The line on a name that no node of the network has. */
export function noNode(node: NodeName, nodes: readonly NodeName[]): string {
  return `no node '${node}' in this network (it has ${nodes.join(', ')})`;
}

/** Faults as words, `n4=sdiv-rounds-down` each; empty words say nothing. Throws NetworkError with the name of where they stand. */
export function readFaults(words: readonly string[], where: string): ReadonlyMap<NodeName, string> {
  const faults = new Map<NodeName, string>();
  for (const word of words.map((text) => text.trim())) {
    if (word === '') continue;
    const [, node, fault] = /^([^=]+)=([^=]+)$/.exec(word) ?? [];
    if (node === undefined || fault === undefined)
      throw new NetworkError('usage', `${where} '${word}': expected a node and a fault, as in n4=sdiv-rounds-down`);
    if (faults.has(node)) throw new NetworkError('usage', `${where} '${word}': ${node} has a fault already`);
    faults.set(node, fault);
  }
  return faults;
}
