// Plays a scenario twice on the virtual arm and compares the runs: P22, for whoever asks.

import { createRunNotes, judgeTraces, type TracedRun } from '../check/p22-same-trace.ts';
import type { Property } from '../check/property.ts';
import type { Cluster } from './cluster.ts';
import { playAll } from './endings.ts';
import type { RunResult } from './runner.ts';
import type { Scenario } from './scenario.ts';

/** The result of the first run, with P22 among its checks. Each run has a cluster of its own, made for the same seed, and closed here. */
export async function playTwice(
  scenario: Scenario,
  createCluster: () => Promise<Cluster>,
  properties: readonly Property[],
  say: (text: string) => void,
): Promise<RunResult> {
  const first = await playOnce(scenario, await createCluster(), properties, say);
  const second = await playOnce(scenario, await createCluster(), [], () => {});
  const check = judgeTraces(first.run, second.run);
  return { ...first.result, passed: first.result.passed && check.passed, checks: [...first.result.checks, check] };
}

async function playOnce(
  scenario: Scenario,
  cluster: Cluster,
  properties: readonly Property[],
  say: (text: string) => void,
): Promise<{ readonly result: RunResult; readonly run: TracedRun }> {
  const notes = createRunNotes();
  cluster.observe(notes.observe);
  try {
    const result = await playAll(scenario, cluster, properties, say);
    return { result, run: { traceHash: cluster.traceHash(), observed: notes.observed() } };
  } finally {
    await cluster.close();
  }
}
