// The matchers in vitest: `import 'lockstep-testnet/vitest'` in a test or a set-up file.

import { expect } from 'vitest';
import type { NodeName } from '../kernel/links.ts';
import type { Depth } from './matchers.ts';
import {
  toAgree,
  toHaveDiverged,
  toHaveHalted,
  toHaveMined,
  toHaveReorganised,
  toKeepItsProperties,
} from './matchers.ts';

declare module 'vitest' {
  // The parameters are those of vitest's own declaration, which this one joins.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Waits until the nodes (all that run, where none are named) have one block at one height, with one root. */
    toAgree: (nodes?: readonly NodeName[]) => Promise<void>;
    /** The deepest reorganisation so far, of one node or of all, has that depth; at least one block where none is named. */
    toHaveReorganised: (options?: { readonly depth?: Depth; readonly node?: NodeName }) => void;
    /** The node has said that its side cannot seal any more, and has not gone on since. */
    toHaveHalted: (node: NodeName) => void;
    /** Waits until the nodes (all that run, where none are named) have the transaction in their chain. */
    toHaveMined: (hash: string, nodes?: readonly NodeName[]) => Promise<void>;
    /** Some node has seen two results for one block. */
    toHaveDiverged: () => void;
    /** Every property holds over everything so far. */
    toKeepItsProperties: () => void;
  }
}

expect.extend({ toAgree, toHaveReorganised, toHaveHalted, toHaveMined, toHaveDiverged, toKeepItsProperties });
