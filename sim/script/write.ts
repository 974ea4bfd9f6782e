// A script as YAML: what exploration found, as a file that a person reads, changes and plays. What is the default is left away.

import { stringify } from 'yaml';
import { DEFAULT_PLAN } from '../cluster/description.ts';
import type { LinkShape, NetworkOrder, NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';
import { type Act, type Condition, DEPTH_MAX, type Expectation, type Script, type ScriptNetwork } from './script.ts';
import { bitsText, msText } from './units.ts';

/** Lines break no earlier than this: a step is best read in one. */
const LINE_WIDTH = 120;

/** The YAML text that readScript reads back to the same script. `comment` stands above it, a line each. */
export function writeScript(script: Script, comment: readonly string[] = []): string {
  const { name, title, seed, network, load, timeline, expect } = script;
  const document = {
    name,
    ...(title !== '' && { title }),
    ...(seed !== null && { seed }),
    ...withoutNothing('network', networkWords(network)),
    ...(load !== null && { load: { every: msText(load.everyMs), ...(load.of !== undefined && { of: load.of }) } }),
    timeline: timeline.map((step) => ({
      ...(step.when !== null && { when: conditionWords(step.when) }),
      ...(step.do.length > 0 && { do: step.do.map(actWords) }),
    })),
    ...(expect.length > 0 && { expect: expect.map(expectationWords) }),
  };
  const text = stringify(document, { lineWidth: LINE_WIDTH, collectionStyle: 'any' });
  return `${comment.map((line) => `# ${line}\n`).join('')}${text}`;
}

type Mapping = Readonly<Record<string, unknown>>;

function networkWords({
  authorities,
  followers,
  period,
  signerLimit,
  epoch,
  late,
  faults,
  tier,
}: ScriptNetwork): Mapping {
  return {
    ...(authorities !== DEFAULT_PLAN.authorities && { authorities }),
    ...(followers !== DEFAULT_PLAN.followers && { followers }),
    ...(period !== DEFAULT_PLAN.period && { period }),
    ...(signerLimit !== null && { signerLimit }),
    ...(epoch !== null && { epoch }),
    ...(late.length > 0 && { late }),
    ...withoutNothing('faults', faults),
    ...(tier !== DEFAULT_PLAN.tier && { tier }),
  };
}

function conditionWords(condition: Condition): Mapping {
  switch (condition.kind) {
    case 'height':
      return { height: condition.number, ...on(condition.nodes) };
    case 'blocks':
      return { blocks: condition.count, ...on(condition.nodes) };
    case 'time':
    case 'after':
      return { [condition.kind]: msText(condition.ms) };
    case 'event':
      return { event: condition.event, ...on(condition.nodes) };
    case 'mined':
      return { mined: condition.transaction, ...on(condition.nodes) };
    case 'agreement':
      return { agreement: condition.nodes ?? 'all' };
  }
}

function actWords(act: Act): Mapping | string {
  switch (act.kind) {
    case 'network':
      return networkOrderWords(act.order);
    case 'machine':
      return machineOrderWords(act.order);
    case 'process':
      return { [act.order]: act.node };
    case 'transfer': {
      const { name, via, from, to, wei, conflictsWith } = act;
      const beside = { ...(wei !== 1n && { value: `${wei}wei` }), ...(conflictsWith !== null && { conflictsWith }) };
      return { transfer: { ...(name !== null && { name }), via, from, to, ...beside } };
    }
    case 'call': {
      const { name, via, from, to, input, gas, wei } = act;
      const beside = { ...(input !== '0x' && { input }), gas, ...(wei !== 0n && { value: `${wei}wei` }) };
      return { call: { ...(name !== null && { name }), via, from, ...(to !== null && { to }), ...beside } };
    }
    case 'propose': {
      const { node, candidate, authorize } = act;
      return { propose: { node, candidate, ...(!authorize && { authorize }) } };
    }
    case 'say':
      return { say: act.text };
  }
}

function networkOrderWords(order: NetworkOrder): Mapping | string {
  switch (order.kind) {
    case 'heal':
      return 'heal';
    case 'partition':
      return { partition: order.groups };
    case 'node':
      return { [{ open: 'open', stalled: 'stall', cut: 'cut' }[order.state]]: order.node };
    case 'link': {
      const { from, to, direction, shape } = order;
      return { link: { from, to, ...(direction === 'one-way' && { direction }), ...shapeWords(shape) } };
    }
  }
}

function shapeWords(shape: Partial<LinkShape>): Mapping {
  const { state, delayMs, jitterMs, bitsPerSecond, lossPercent, duplicatePercent, reorderPercent } = shape;
  return {
    ...(state !== undefined && { state }),
    ...(delayMs !== undefined && { delay: msText(delayMs) }),
    ...(jitterMs !== undefined && { jitter: msText(jitterMs) }),
    ...(bitsPerSecond !== undefined && { rate: bitsText(bitsPerSecond) }),
    ...(lossPercent !== undefined && { loss: `${lossPercent}%` }),
    ...(duplicatePercent !== undefined && { duplicate: `${duplicatePercent}%` }),
    ...(reorderPercent !== undefined && { reorder: `${reorderPercent}%` }),
  };
}

function machineOrderWords(order: MachineOrder): Mapping | string {
  switch (order.kind) {
    case 'repair':
      return 'repair';
    case 'clock': {
      const { node, offsetMs } = order;
      return { clock: { node, offset: offsetMs < 0 ? `-${msText(-offsetMs)}` : msText(offsetMs) } };
    }
    case 'disk':
      return { disk: { node: order.node, fault: order.fault } };
    case 'sync':
      return { sync: { node: order.node, delay: msText(order.delayMs) } };
    case 'slow':
      return { slow: { node: order.node, perBlock: msText(order.msPerBlock) } };
    case 'freeze':
      return { freeze: { node: order.node, time: msText(order.ms) } };
  }
}

function expectationWords(expectation: Expectation): Mapping {
  switch (expectation.kind) {
    case 'agreement':
      return { agreement: expectation.nodes ?? 'all' };
    case 'height':
      return { height: expectation.atLeast, ...on(expectation.nodes) };
    case 'mined':
      return { mined: expectation.transaction, ...on(expectation.nodes) };
    case 'nowhere':
      return { nowhere: expectation.transaction };
    case 'one-survives':
      return { 'one-survives': expectation.transactions };
    case 'reorganised': {
      const { depthMin: min, depthMax: max, nodes } = expectation;
      const bounds = { min, ...(max !== DEPTH_MAX && { max }) };
      return { reorganised: min === max ? min : bounds, ...on(nodes) };
    }
    case 'event':
    case 'never':
      return { [expectation.kind]: expectation.event, ...on(expectation.nodes) };
  }
}

function on(nodes: readonly NodeName[] | null): Mapping {
  return nodes === null ? {} : { on: nodes };
}

function withoutNothing(key: string, words: Mapping): Mapping {
  return Object.keys(words).length === 0 ? {} : { [key]: words };
}
