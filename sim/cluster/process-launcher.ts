// Nodes as children of this process, each with a log file of its own.

import { rm } from 'node:fs/promises';
import { present } from '../../node/lib/assert.ts';
import type { NodeName } from '../kernel/links.ts';
import { createChildNode } from './child-node.ts';
import type { Exit, Launcher } from './launcher.ts';
import type { NodeLayout } from './layout.ts';

/** Creates a launcher for the nodes of a layout. Starts nothing yet. */
export function createProcessLauncher(nodes: readonly NodeLayout[]): Launcher {
  const listeners: ((exit: Exit) => void)[] = [];
  const onExit = (exit: Exit): void => {
    for (const listener of listeners) listener(exit);
  };
  const children = new Map(
    nodes.map(({ name, configFile, logFile, dataDir }) => [
      name,
      { dataDir, child: createChildNode({ name, configFile, dataDir, logFile, onExit }) },
    ]),
  );
  const of = (node: NodeName) => present(children.get(node), `no node ${node}`);

  return {
    start: (node) => of(node).child.start(),
    stop: (node) => of(node).child.end('stop'),
    kill: (node) => of(node).child.end('kill'),
    pause: (node) => of(node).child.halt('pause'),
    resume: (node) => of(node).child.halt('resume'),
    treat: async (node, order) => of(node).child.treat(order),
    wipe: (node) => rm(of(node).dataDir, { recursive: true, force: true }),
    isRunning: (node) => of(node).child.state() !== 'down',
    isPaused: (node) => of(node).child.isPaused(),
    onExit: (listener) => listeners.push(listener),
    onStart: () => undefined, // a child has no other parent to start it
    close: async () => {
      await Promise.all([...children.values()].map(({ child }) => child.end('stop')));
    },
  };
}
