// What a schema cannot say: that the nodes, faults and transactions which a scenario names are there.

import { nodeNames } from '../cluster/description.ts';
import { noNode, planProblems } from '../cluster/plan.ts';
import { checkOrder, type NodeName } from '../kernel/links.ts';
import { checkMachineOrder } from '../kernel/machine-order.ts';
import type { Act, Condition, Expectation, Script, Step } from './script.ts';

/** One thing that is wrong, and where: keys and indices from the top of the scenario. */
export type Problem = { readonly path: readonly (string | number)[]; readonly message: string };

/** A scenario as it was written: one word may be several acts. */
export type WrittenScript = Omit<Script, 'timeline'> & {
  readonly timeline: readonly (Pick<Step, 'when'> & { readonly do: readonly (readonly Act[])[] })[];
};

/** Everything in a well-formed scenario that names what there is not. */
export function checkNames(script: WrittenScript): readonly Problem[] {
  const problems: Problem[] = planProblems(script.network).map(({ path, why }) => ({
    path: ['network', ...path],
    message: why,
  }));
  if (problems.length > 0) return problems; // whose names there are is not sure
  const nodes = nodeNames(script.network);
  const transactions = new Map<string, Act>();
  const say = (path: Problem['path'], message: string | null): void => {
    if (message !== null) problems.push({ path, message });
  };
  const names = (path: Problem['path'], wanted: readonly NodeName[] | null): void => {
    for (const node of wanted ?? []) if (!nodes.includes(node)) say(path, noNode(node, nodes));
  };
  const known = (path: Problem['path'], name: string): void => {
    if (transactions.has(name)) return;
    const there =
      transactions.size === 0
        ? 'there is none before it'
        : `before it there are ${[...transactions.keys()].join(', ')}`;
    say(path, `no transaction '${name}' (${there})`);
  };
  const judge = (path: Problem['path'], said: Condition | Expectation): void => {
    if ('nodes' in said) names(path, said.nodes);
    if (said.kind === 'mined' || said.kind === 'nowhere') known(path, said.transaction);
    if (said.kind === 'one-survives') for (const name of said.transactions) known(path, name);
    if (said.kind === 'reorganised' && said.depthMin > said.depthMax) {
      say(path, `a depth from ${said.depthMin} to ${said.depthMax} is none`);
    }
  };

  script.timeline.forEach((step, at) => {
    if (step.when !== null) judge(['timeline', at, 'when'], step.when);
    for (const [index, acts] of step.do.entries()) for (const act of acts) judgeAct(['timeline', at, 'do', index], act);
  });
  for (const [at, expectation] of script.expect.entries()) judge(['expect', at], expectation);
  return problems;

  function judgeAct(path: Problem['path'], act: Act): void {
    switch (act.kind) {
      case 'network':
        return say(path, checkOrder(act.order, nodes));
      case 'machine':
        return say(path, checkMachineOrder(act.order, nodes));
      case 'process':
      case 'propose':
        return names(path, [act.node]);
      case 'transfer':
      case 'call': {
        names(path, [act.via]);
        if (act.kind === 'transfer' && act.conflictsWith !== null) {
          known(path, act.conflictsWith);
          const other = transactions.get(act.conflictsWith);
          if (other !== undefined && 'from' in other && other.from !== act.from) {
            say(
              path,
              `'${act.conflictsWith}' is of account ${other.from}, this one of ${act.from}: they do not conflict`,
            );
          }
        }
        if (act.name !== null && transactions.has(act.name)) say(path, `a second transaction '${act.name}'`);
        if (act.name !== null) transactions.set(act.name, act);
        return;
      }
      case 'say':
        return;
    }
  }
}
