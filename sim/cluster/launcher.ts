// How a control service reaches the processes of its nodes: children of this process, or supervisors in containers.

import type { NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';

/** What ended a node that nobody ordered to end. */
export type Exit = {
  readonly node: NodeName;
  readonly code: number | null;
  readonly signal: string | null;
  readonly lastWords: string;
};

export type Launcher = {
  /** Starts the process and resolves when the node says that it is ready. Rejects with HostError where it ends before. */
  readonly start: (node: NodeName) => Promise<void>;
  /** Ends it in good order (SIGTERM, then SIGKILL after a deadline), resolves when it is gone. */
  readonly stop: (node: NodeName) => Promise<void>;
  /** Ends it at once, resolves when it is gone. */
  readonly kill: (node: NodeName) => Promise<void>;
  readonly pause: (node: NodeName) => Promise<void>;
  readonly resume: (node: NodeName) => Promise<void>;
  /** Changes the clock, disk or speed of a node, whether it runs or not. */
  readonly treat: (node: NodeName, order: MachineOrder) => Promise<void>;
  /** Empties the store of a node that does not run. */
  readonly wipe: (node: NodeName) => Promise<void>;
  readonly isRunning: (node: NodeName) => boolean;
  readonly isPaused: (node: NodeName) => boolean;
  readonly onExit: (listener: (exit: Exit) => void) => void;
  /** A node runs that nobody here has started: its container was restarted. */
  readonly onStart: (listener: (node: NodeName) => void) => void;
  readonly close: () => Promise<void>;
};
