// The story of a network in lines for people: of everything that is observed, what is news. It says what nodes and operators did, never
// what somebody intended.

import { styleText } from 'node:util';
import type { Observation } from '../check/property.ts';
import type { LinkShape } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';

/** What an observation adds to the story; null for the many that are no news. */
export function storyLine(observation: Observation): string | null {
  const at = new Date(observation.atMs).toISOString().slice(11, 19);
  const text = newsOf(observation);
  return text === null ? null : `${styleText('dim', at)} ${text}`;
}

function newsOf(observation: Observation): string | null {
  switch (observation.kind) {
    case 'network':
      return describeOrder(observation.order);
    case 'machine':
      if (observation.order.kind === 'repair') return 'clocks, disks and speeds are in order';
      return `${observation.order.node} ${describeMachineOrder(observation.order)}`;
    case 'process':
      return `${observation.node} ${observation.change}`;
    case 'event':
      return newsOfEvent(observation.node, observation.event);
    default:
      return null;
  }
}

function describeOrder(order: Extract<Observation, { kind: 'network' }>['order']): string {
  switch (order.kind) {
    case 'partition':
      return `network cut: ${order.groups.map((group) => group.join(',')).join(' / ')}`;
    case 'heal':
      return 'network healed';
    case 'link':
      return `link ${order.from} ${order.direction === 'both' ? '<>' : '>'} ${order.to}: ${describeShape(order.shape)}`;
    case 'node':
      return `everything of ${order.node} is ${order.state}`;
  }
}

function newsOfEvent(node: string, event: Extract<Observation, { kind: 'event' }>['event']): string | null {
  switch (event.kind) {
    case 'head':
      if (event.undone.length === 0) return null;
      return styleText(
        'yellow',
        `${node} reorganised: ${event.undone.length} undone, ${event.redone.length} redone, head ${event.block.number} ${short(event.block.hash)}`,
      );
    case 'halted':
      return styleText(
        'red',
        `${node} halted at ${event.head.number}: ${event.signers} signers, ${event.needed} needed`,
      );
    case 'resumed':
      return styleText('green', `${node} goes on at ${event.head.number}`);
    case 'divergence': {
      const results = event.results.map((r) => `${r.node ?? short(r.nodeAddress)} ${short(r.stateRoot)}`).join(' / ');
      return styleText('red', `${node} sees a divergence at ${event.block.number} in ${event.field}: ${results}`);
    }
    case 'equivocation':
      return event.strength === 'proof'
        ? styleText('red', `${node} has proof of double sealing at ${event.number}`)
        : null;
    case 'host':
      return event.message;
    default:
      return null;
  }
}

/** A hash as people compare it: its first eight digits. */
function short(hash: string): string {
  return hash.slice(2, 10);
}

/** What an order to a machine says of its node. */
export function describeMachineOrder(order: Exclude<MachineOrder, { kind: 'repair' }>): string {
  switch (order.kind) {
    case 'clock':
      return `has a clock ${Math.abs(order.offsetMs)} ms ${order.offsetMs < 0 ? 'behind' : 'ahead'}`;
    case 'disk':
      return `has a disk: ${order.fault}`;
    case 'sync':
      return `has a disk that takes ${order.delayMs} ms longer`;
    case 'slow':
      return `needs ${order.msPerBlock} ms longer for a block`;
    case 'freeze':
      return `freezes for ${order.ms} ms`;
  }
}

/** What a link order says in words. */
export function describeShape(shape: Partial<LinkShape>): string {
  const words = [
    shape.state,
    shape.delayMs === undefined ? undefined : `delay ${shape.delayMs} ms`,
    shape.jitterMs === undefined ? undefined : `jitter ${shape.jitterMs} ms`,
    shape.lossPercent === undefined ? undefined : `loss ${shape.lossPercent} %`,
    shape.duplicatePercent === undefined ? undefined : `${shape.duplicatePercent} % twice`,
    shape.reorderPercent === undefined ? undefined : `${shape.reorderPercent} % out of order`,
    shape.bitsPerSecond === undefined ? undefined : `rate ${shape.bitsPerSecond ?? 'unlimited'} bit/s`,
  ];
  return words.filter((word) => word !== undefined).join(', ');
}
