// Runs a case everywhere, transaction by transaction, until the first difference.

import type { FrameEvent, Machine, Step } from '../../node/evm/machine.ts';
import type { StateDiff } from '../../node/state/view.ts';
import type { Hash } from '../../node/types/transaction.ts';
import { type FuzzCase, type FuzzTransaction, type World, worldAfter } from './case.ts';
import type { Peer } from './ethereumjs.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { diffDifference, type Outcome, outcomeDifference, worldDifference } from './outcome.ts';
import { peerRoot, rootAfter } from './state-roots.ts';
import { startCase, type TierRun, viewOf } from './tiers.ts';

/** The machines that are compared. The first is the reference. */
export type Machines = {
  readonly tiers: readonly { readonly name: string; readonly machine: Machine }[];
  readonly peer: Peer | null;
};

export type Mismatch = {
  /** Between which machines: the second differs from the first. */
  readonly between: readonly [string, string];
  /** The index of the transaction. */
  readonly transaction: number;
  /** What differs, with both values. */
  readonly difference: string;
};

/** What a case did: all outcomes on the reference, up to a mismatch. */
export type CaseReport = {
  readonly mismatch: Mismatch | null;
  readonly outcomes: readonly Outcome[];
  /** Names of known differences that explain others. */
  readonly known: readonly string[];
};

export const PEER_NAME = 'ethereumjs';

/** What to look at beside the transactions' outcomes. */
export type Extras = {
  /** Sees the steps of the reference. */
  readonly watch?: (step: Step) => void;
  /** Compares the root of the last state with the other implementation's too. */
  readonly withRoot?: true;
};

/** Runs a case. */
export async function checkCase(
  machines: Machines,
  of: FuzzCase,
  { watch, withRoot }: Extras = {},
): Promise<CaseReport> {
  const view = viewOf(of.world);
  const [reference, ...others] = machines.tiers.map(({ name, machine }) => ({
    name,
    run: startCase(machine, of, view),
  }));
  if (reference === undefined) throw new Error('no machine');
  const peer = (await machines.peer?.startCase(of)) ?? null;
  const outcomes: Outcome[] = [];
  const known: string[] = [];

  for (const [transaction, tx] of of.transactions.entries()) {
    const expected = reference.run.apply(tx, watch && { step: watch });
    outcomes.push(expected);
    const diff = reference.run.diff();
    for (const { name, run } of others) {
      const difference = differenceOn(run, tx, expected, diff);
      if (difference === null) continue;
      return { mismatch: { between: [reference.name, name], transaction, difference }, outcomes, known };
    }
    if (peer === null) continue;
    const outcome = await peer.apply(tx);
    const world = worldAfter(of.world, diff);
    const difference =
      outcomeDifference(expected, outcome) ??
      worldDifference(world, peer.world()) ??
      (withRoot === true && transaction === of.transactions.length - 1
        ? rootDifference(rootAfter(of.world, diff), await peerRoot(peer.world()))
        : null);
    if (difference === null) continue;
    const reason = knownReason(machines, of, transaction);
    if (reason === null)
      return { mismatch: { between: [reference.name, PEER_NAME], transaction, difference }, outcomes, known };
    known.push(reason);
    peer.load(world);
  }
  return { mismatch: null, outcomes, known };
}

function rootDifference(expected: Hash, actual: Hash): string | null {
  return expected === actual ? null : `state root: ${expected} but ${actual}`;
}

/** How a machine differs from what is expected of a transaction. One that throws differs too. */
function differenceOn(run: TierRun, tx: FuzzTransaction, expected: Outcome, diff: StateDiff): string | null {
  try {
    return outcomeDifference(expected, run.apply(tx)) ?? diffDifference(diff, run.diff());
  } catch (error) {
    return `threw: ${error instanceof Error ? error.message : error}`;
  }
}

/** The state before a transaction, by the reference. */
export function worldBefore(machines: Machines, of: FuzzCase, transaction: number): World {
  const run = referenceRun(machines, of);
  for (const tx of of.transactions.slice(0, transaction)) run.apply(tx);
  return worldAfter(of.world, run.diff());
}

/** The name of a known difference that happened in a transaction, or null. */
function knownReason(machines: Machines, of: FuzzCase, transaction: number): string | null {
  const run = referenceRun(machines, of);
  const events: FrameEvent[] = [];
  for (const [i, tx] of of.transactions.slice(0, transaction + 1).entries())
    run.apply(tx, i === transaction ? { frame: (event) => events.push(copyOf(event)) } : undefined);
  return KNOWN_DIFFERENCES.find(({ happened }) => happened(of.fork, events))?.name ?? null;
}

function referenceRun({ tiers }: Machines, of: FuzzCase) {
  const machine = tiers[0]?.machine;
  if (machine === undefined) throw new Error('no machine');
  return startCase(machine, of, viewOf(of.world));
}

function copyOf(event: FrameEvent): FrameEvent {
  return event.kind === 'enter' ? { ...event, input: event.input.slice() } : { ...event, output: event.output.slice() };
}
