// What @ethereumjs/evm 10.1.3 does against the standard, each with its proof. A difference from it counts as known only where one of these
// happened in that very transaction; between our own machines nothing is ever excused.

import type { FrameEvent } from '../../node/evm/machine.ts';
import { type Fork, includesFork } from '../../node/types/config.ts';

export type KnownDifference = {
  readonly name: string;
  /** What the standard says. */
  readonly proof: string;
  /** Whether it happened, by the frames of the reference machine. */
  readonly happened: (fork: Fork, events: readonly FrameEvent[]) => boolean;
};

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: 'the data that a creation reverts with are refused for beginning with 0xEF',
    proof:
      'EIP-140: REVERT gives back the gas that is left, and the data. EIP-3541 speaks of the code that a creation deploys, and a reverted ' +
      'one deploys none. evm.ts, _executeCreate: the first byte of returnValue is checked whatever exceptionError is.',
    happened: (fork, events) =>
      includesFork(fork, 'London') &&
      creationsEnded(events, ({ halt, output }) => halt === 'revert' && output[0] === 0xef),
  },
];

type Exit = Extract<FrameEvent, { kind: 'exit' }>;

/** Whether a creation's frame ended so. */
function creationsEnded(events: readonly FrameEvent[], isSo: (exit: Exit) => boolean): boolean {
  const open: string[] = [];
  for (const event of events) {
    if (event.kind === 'enter') open.push(event.type);
    else if (open.pop()?.startsWith('CREATE') === true && isSo(event)) return true;
  }
  return false;
}
