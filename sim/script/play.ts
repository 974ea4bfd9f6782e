// A scenario that is data, as one that plays: its steps upon the stage, and behind them what it expects.

import type { Observation } from '../check/property.ts';
import { RpcError } from '../cluster/cluster.ts';
import { NetworkError } from '../cluster/errors.ts';
import { type Scenario, ScenarioFailure, type Stage } from '../cluster/scenario.ts';
import type { NodeName } from '../kernel/links.ts';
import { type Act, type Condition, type EventWord, type Expectation, isEvent, type Script } from './script.ts';

/** What was sent, by its name. */
type Sent = Map<string, { readonly hash: string; readonly nonce: bigint }>;

/** The scenario that plays a script. */
export function scenarioOf(script: Script): Scenario {
  const { name, title, network, load } = script;
  return { name, title, network, load, play: (net) => playScript(script, net) };
}

async function playScript(script: Script, net: Stage): Promise<void> {
  const sent: Sent = new Map();
  const beganMs = net.nowMs();
  /** Of what was seen, where the step before began to act. */
  let since = 0;
  for (const step of script.timeline) {
    if (step.when !== null) await waitFor(step.when, net, sent, { beganMs, since });
    since = net.seen().length;
    for (const act of step.do) await perform(act, net, sent);
  }
  for (const expectation of script.expect) await expect(expectation, net, sent);
}

async function waitFor(
  condition: Condition,
  net: Stage,
  sent: Sent,
  { beganMs, since }: { readonly beganMs: number; readonly since: number },
): Promise<void> {
  switch (condition.kind) {
    case 'height':
      return net.height(condition.number, condition.nodes ?? undefined);
    case 'blocks':
      return net.blocks(condition.count, condition.nodes ?? undefined);
    case 'time':
      return net.pass(Math.max(0, beganMs + condition.ms - net.nowMs()));
    case 'after':
      return net.pass(condition.ms);
    case 'event': {
      const { event, nodes } = condition;
      let last: Observation | undefined;
      for (const node of nodes ?? [null]) {
        last = await net.event(
          `${event} on ${node ?? 'any node'}`,
          (o, index) => index >= since && tells(o, event, node),
        );
      }
      return void last;
    }
    case 'mined':
      await net.mined(hashOf(sent, condition.transaction), condition.nodes ?? undefined);
      return;
    case 'agreement':
      await net.agreement(condition.nodes ?? undefined);
  }
}

async function perform(act: Act, net: Stage, sent: Sent): Promise<void> {
  switch (act.kind) {
    case 'network':
      return net.network(act.order);
    case 'machine':
      return net.machine(act.order);
    case 'process':
      return net[act.order](act.node).catch(unlessSo(act.order, act.node, net));
    case 'transfer': {
      const { via, from, to, wei } = act;
      const taken = act.conflictsWith === null ? undefined : sent.get(act.conflictsWith)?.nonce;
      const nonce = taken ?? (await net.nonce(via, from));
      const hash = await net.transfer(via, { from, to, wei, nonce });
      if (act.name !== null) sent.set(act.name, { hash, nonce });
      return;
    }
    case 'call': {
      const { via, from, to, input, gas, wei } = act;
      const nonce = await net.nonce(via, from);
      const hash = await net.transact(via, { from, to, data: input, gas, wei });
      if (act.name !== null) sent.set(act.name, { hash, nonce });
      return;
    }
    case 'propose': {
      const { node, candidate, authorize } = act;
      return net.propose(node, { candidate, authorize }).catch(unlessSo(act.kind, node, net));
    }
    case 'say':
      return net.say(act.text);
  }
}

/** What means nothing at its moment is passed over, and said: a node is down, or up already, or the signer it wants is one. */
function unlessSo(word: string, node: NodeName, net: Stage): (error: unknown) => void {
  return (error) => {
    const isSo = error instanceof NetworkError && ['not-running', 'already-running'].includes(error.code);
    const isRefused = word === 'propose' && (error instanceof RpcError || error instanceof NetworkError);
    if (!isSo && !isRefused) throw error;
    net.say(`${word} ${node}: ${error.message}`);
  };
}

async function expect(expectation: Expectation, net: Stage, sent: Sent): Promise<void> {
  const id = expectation.kind;
  switch (expectation.kind) {
    case 'agreement': {
      const { number, hash } = await net.agreement(expectation.nodes ?? undefined);
      return net.expect(id, true, `block ${number} ${hash}`);
    }
    case 'height': {
      const { atLeast, nodes } = expectation;
      const among = nodes ?? net.running();
      const heights = await Promise.all(among.map(async (node) => Number(await net.rpc(node, 'eth_blockNumber'))));
      const evidence = among.map((node, i) => `${node} at ${heights[i]}`).join(', ');
      return net.expect(id, heights.length > 0 && Math.min(...heights) >= atLeast, `${evidence}; expected ${atLeast}`);
    }
    case 'mined': {
      const { number } = await net.mined(hashOf(sent, expectation.transaction), expectation.nodes ?? undefined);
      return net.expect(id, true, `${expectation.transaction} stands in block ${number}`);
    }
    case 'nowhere': {
      const where = await holders(net, hashOf(sent, expectation.transaction));
      const evidence = `${expectation.transaction} stands ${where.length === 0 ? 'nowhere' : `on ${where.join(', ')}`}`;
      return net.expect(id, where.length === 0, evidence);
    }
    case 'one-survives': {
      const names = expectation.transactions;
      const whole: string[] = [];
      const told: string[] = [];
      for (const name of names) {
        const where = await holders(net, hashOf(sent, name));
        told.push(`${name} ${where.length === 0 ? 'nowhere' : `on ${where.join(', ')}`}`);
        if (where.length > 0) whole.push(where.length === net.running().length ? name : '');
      }
      return net.expect(id, whole.length === 1 && whole[0] !== '', told.join('; '));
    }
    case 'reorganised': {
      const { depthMin, depthMax, nodes } = expectation;
      const depths = (nodes ?? [null]).map((node) => deepest(net, node));
      const told = (nodes ?? ['the network']).map((who, i) => `${who} ${depths[i] ?? 0}`).join(', ');
      const holds = depths.every((depth) => depth >= depthMin && depth <= depthMax);
      return net.expect(id, holds, `deepest reorganisation: ${told}; expected ${depthMin} to ${depthMax}`);
    }
    case 'event':
    case 'never': {
      const { event, nodes, kind } = expectation;
      const wanted = nodes ?? [null];
      const told = wanted.filter((node) => net.seen().some((o) => tells(o, event, node)));
      const holds = kind === 'event' ? told.length === wanted.length : told.length === 0;
      const who = told.map((node) => node ?? 'some node').join(', ');
      return net.expect(id, holds, `${event} on ${told.length === 0 ? 'no node' : who}`);
    }
  }
}

function tells(observation: Observation, word: EventWord, node: NodeName | null): boolean {
  if (observation.kind !== 'event' || (node !== null && observation.node !== node)) return false;
  return isEvent(word, observation.event);
}

function deepest(net: Stage, node: NodeName | null): number {
  let depth = 0;
  for (const o of net.seen()) {
    if (!tells(o, 'reorganisation', node) || o.kind !== 'event' || o.event.kind !== 'head') continue;
    depth = Math.max(depth, o.event.undone.length);
  }
  return depth;
}

/** The nodes whose chain has the transaction. */
async function holders(net: Stage, hash: string): Promise<readonly NodeName[]> {
  const nodes = net.running();
  const receipts = await Promise.all(nodes.map((node) => net.rpc(node, 'eth_getTransactionReceipt', hash)));
  return nodes.filter((_, i) => receipts[i] !== null);
}

function hashOf(sent: Sent, name: string): string {
  const found = sent.get(name);
  if (found === undefined) throw new ScenarioFailure(`no transaction '${name}' was sent`);
  return found.hash;
}
