// P21: what a node keeps is bounded, whoever sends it something.

import { divideUp } from '../../node/lib/integer.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Property } from './property.ts';

/** The bounds that the nodes are configured with, said here again: a bound that was lifted there shows here. */
const CAPS = {
  peers: 256,
  /** Blocks that wait for a parent or for their time. */
  held: 64,
  heldBytes: 32 * 1_048_576,
  /** Transactions, executable and queued. */
  pooled: 4_096,
  badBlocks: 16,
  /** Syncs at once. */
  syncs: 3,
  /** Our own requests that wait for a response: one of each of four kinds to a peer. */
  requests: 4 * 256,
} as const;

const NAMES = Object.keys(CAPS) as (keyof typeof CAPS)[]; // a constant of this file

/** Of a process: what a container of compose is given, and far more files than peers, tables and clients take. */
const RESIDENT_BYTES_MAX = 1_073_741_824;
const OPEN_FILES_MAX = 512;
const MEBIBYTE = 1_048_576;

export const caps: Property = {
  id: 'P21',
  statement: 'memory, file handles, queues, peers and orphans stay under their caps',
  watch(facts) {
    const most = new Map<string, number>();
    const told = new Set<string>();
    const asked = new Set<NodeName>();
    let samples = 0;
    return {
      observe(observation) {
        if (observation.kind !== 'usage' || facts.faulty.includes(observation.node)) return [];
        const { node, usage, resources, atMs } = observation;
        samples += 1;
        asked.add(node);
        const held = [
          ...NAMES.map((name) => [name, usage[name], CAPS[name]] as const),
          ['bytes of memory', resources?.residentBytes ?? null, RESIDENT_BYTES_MAX] as const,
          ['open files', resources?.openFiles ?? null, OPEN_FILES_MAX] as const,
        ];
        return held.flatMap(([name, used, cap]) => {
          if (used === null) return [];
          most.set(name, Math.max(most.get(name) ?? 0, used));
          if (used <= cap || told.has(`${node} ${name}`)) return [];
          told.add(`${node} ${name}`);
          return [{ id: 'P21', evidence: `${node} keeps ${used} ${name}, ${cap} allowed`, atMs }];
        });
      },
      finish() {
        const used = NAMES.map((name) => `${name} ${most.get(name) ?? 0}`).join(', ');
        const bytes = most.get('bytes of memory');
        const held =
          bytes === undefined
            ? 'no process of its own was asked for memory and files'
            : `${divideUp(bytes, MEBIBYTE)} MiB of memory, ${most.get('open files') ?? 'nobody knows how many'} open files`;
        const evidence =
          samples === 0
            ? 'no node was asked what it keeps'
            : `${samples} times ${asked.size} nodes were asked: at most ${used}; ${held}`;
        return { violations: [], evidence };
      },
    };
  },
};
