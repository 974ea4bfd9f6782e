// Exit statuses and errors of the command line: every failure is one clear line on standard error and one of these numbers.

import { HostError } from '../../node/host/host-error.ts';
import { RpcError } from '../cluster/cluster.ts';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import { ScenarioFailure } from '../cluster/scenario.ts';

export const EXIT = {
  fine: 0,
  unexpected: 1,
  usage: 2,
  nothingMatched: 4,
  scenarioFailed: 100,
  divergence: 101,
  notStarted: 102,
  deadline: 124,
  interrupted: 130,
} as const;

/** The status that an error ends the command with. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof ScenarioFailure) return EXIT.scenarioFailed;
  if (error instanceof RpcError) return EXIT.unexpected;
  if (error instanceof HostError) return EXIT.notStarted;
  if (!(error instanceof NetworkError)) return EXIT.unexpected;
  switch (error.code) {
    case 'usage':
    case 'recording':
      return EXIT.usage;
    case 'nothing-matched':
    case 'not-running':
      return EXIT.nothingMatched;
    case 'deadline':
      return EXIT.deadline;
    case 'node-failed':
    case 'port-in-use':
    case 'data-folder':
    case 'unreachable':
    case 'already-running':
      return EXIT.notStarted;
    case 'unsupported':
      return EXIT.usage;
  }
}

/** Prints one line; for an error that is nobody's fault but ours, its stack too. */
export function printError(error: unknown): void {
  process.stderr.write(`lockstep: ${messageOf(error)}\n`);
  const isOurs = exitStatusOf(error) === EXIT.unexpected && !(error instanceof RpcError);
  if (isOurs && error instanceof Error && error.stack !== undefined) process.stderr.write(`${error.stack}\n`);
}
