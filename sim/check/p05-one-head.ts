// P5: after the last fault all correct nodes come to one head within the window.

import type { Hex } from '../../node/lib/bytes.ts';
import type { NodeName } from '../kernel/links.ts';
import type { Property } from './property.ts';

const PERIODS = 5;
const WINDOW_MS_MIN = 10_000;

export const oneHead: Property = {
  id: 'P5',
  statement: 'after the last fault all correct nodes report one head within max(5 periods, 10 s)',
  watch(facts) {
    const correct = facts.nodes.filter((node) => !facts.faulty.includes(node));
    const heads = new Map<NodeName, Hex>();
    const windowMs = Math.max(PERIODS * facts.periodMs, WINDOW_MS_MIN);
    let calmAtMs: number | null = null;
    let agreedAtMs: number | null = null;
    const look = (atMs: number): void => {
      if (calmAtMs === null || agreedAtMs !== null) return;
      const [first] = correct;
      const head = first === undefined ? undefined : heads.get(first);
      if (head !== undefined && correct.every((node) => heads.get(node) === head)) agreedAtMs = atMs;
    };
    return {
      observe(observation) {
        if (observation.kind === 'calm') {
          calmAtMs = observation.atMs;
          look(observation.atMs);
        }
        // A dead node stands nowhere: it says where it stands when it is back.
        if (observation.kind === 'process' && observation.change !== 'paused' && observation.change !== 'resumed')
          heads.delete(observation.node);
        if (observation.kind === 'event') {
          const { event, node } = observation;
          if (event.kind === 'head') heads.set(node, event.block.hash);
          if (event.kind === 'started') heads.set(node, event.head.hash);
          look(observation.atMs);
        }
        return [];
      },
      finish() {
        if (calmAtMs === null) return { violations: [], evidence: 'not reached: the story broke off before the calm' };
        const tookMs = agreedAtMs === null ? null : agreedAtMs - calmAtMs;
        if (tookMs !== null && tookMs <= windowMs) {
          return {
            violations: [],
            evidence: `${correct.length} nodes had one head ${Math.max(0, tookMs)} ms after the last fault`,
          };
        }
        const evidence =
          tookMs === null
            ? `no common head within ${windowMs} ms`
            : `one head only after ${tookMs} ms, ${windowMs} allowed`;
        return { violations: [{ id: 'P5', evidence, atMs: calmAtMs + windowMs }], evidence };
      },
    };
  },
};
