// `lockstep replay`: lives a recorded network again on fresh cores and says, node by node, whether they did the same.

import { styleText } from 'node:util';
import { installBackends } from '../../node/host/backends.ts';
import { inputText } from '../../node/recording/inputs.ts';
import type { Difference, Played, Player } from '../../node/recording/player.ts';
import { isProblem, type SegmentEnd } from '../../node/recording/segment.ts';
import type { Tier } from '../../node/types/tier.ts';
import { DEFAULT_PLAN } from '../cluster/description.ts';
import { NetworkError } from '../cluster/errors.ts';
import { openRecording, type Recording } from '../cluster/open-recording.ts';
import type { NodeName } from '../kernel/links.ts';
import { EXIT } from './exit.ts';
import { createOutput, short } from './output.ts';
import { readTierFlag } from './words.ts';

export type ReplayFlags = {
  readonly node?: string;
  readonly until?: string;
  readonly tier?: string;
  readonly json?: boolean;
};

/** Where a replay stops: behind the first step that reaches it. */
type Until = { readonly kind: 'height' | 'step' | 'time' | 'seconds'; readonly value: number };

type NodeReport = {
  readonly node: NodeName;
  readonly same: boolean;
  readonly steps: number;
  readonly segments: readonly {
    readonly file: string;
    readonly steps: number;
    readonly end: SegmentEnd['kind'] | 'until';
  }[];
  readonly head: { readonly number: number; readonly hash: string; readonly stateRoot: string } | null;
  readonly atMs: number | null;
  readonly difference:
    | (Difference & { readonly file: string; readonly step: number; readonly atMs: number; readonly input: string })
    | null;
  /** A line on what is wrong with the recording. */
  readonly problem: string | null;
};

/** Returns 0 where all is the same, 101 where a step differs, 2 where the recording is damaged. */
export async function replay(folder: string, flags: ReplayFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const until = flags.until === undefined ? null : readUntil(flags.until);
  const tier = flags.tier === undefined ? DEFAULT_PLAN.tier : readTierFlag(flags.tier);
  const recording = await openRecording(folder, flags.node === undefined ? null : flags.node.split(','));
  try {
    await installBackends();
    const beganMs = performance.now();
    const reports = recording.nodes.map(({ name }) => {
      const report = replayNode(recording, name, tier, until);
      output.result({ kind: 'node', ...report }, describe(report).join('\n'));
      return report;
    });
    const seconds = (performance.now() - beganMs) / 1_000;
    const steps = reports.reduce((sum, report) => sum + report.steps, 0);
    const differs = reports.filter(({ difference }) => difference !== null).map(({ node }) => node);
    const broken = reports.filter(({ problem }) => problem !== null).map(({ node }) => node);
    if (steps === 0 && broken.length === 0) {
      const names = reports.map(({ node }) => node).join(', ');
      throw new NetworkError('nothing-matched', `${folder}: no step of ${names} was recorded, so nothing was compared`);
    }
    const same = differs.length === 0 && broken.length === 0;
    const verdict = same
      ? styleText('green', 'the same, hash for hash')
      : [
          ...(differs.length === 0 ? [] : [styleText('red', `another effect on ${differs.join(', ')}`)]),
          ...(broken.length === 0 ? [] : [styleText('red', `the recording of ${broken.join(', ')} is damaged`)]),
        ].join('; ');
    output.result(
      {
        kind: 'summary',
        passed: same,
        genesis: recording.genesis,
        nodes: reports.length,
        steps,
        differs,
        broken,
        seconds: Number(seconds.toFixed(3)),
      },
      `${reports.length} nodes, ${steps} steps in ${seconds.toFixed(1)} s: ${verdict}`,
    );
    if (differs.length > 0) return EXIT.divergence;
    return same ? EXIT.fine : EXIT.usage;
  } finally {
    recording.close();
  }
}

function replayNode(recording: Recording, node: NodeName, tier: Tier, until: Until | null): NodeReport {
  const player = recording.player(node, tier);
  let steps = 0;
  let firstMs: number | null = null;
  let last: Played | null = null;
  let problem: string | null = null;
  for (let played = player.next(); played !== null; played = player.next()) {
    if (isProblem(played)) {
      problem = played.message;
      break;
    }
    last = played;
    steps += 1;
    firstMs ??= played.step.nowMs;
    if (until !== null && isReached(until, steps, firstMs, played, player)) break;
  }
  const head = player.view()?.head;
  const difference = last?.difference ?? null;
  return {
    node,
    same: difference === null && problem === null,
    steps,
    segments: segmentsOf(player, last),
    head: head === undefined ? null : { number: head.header.number, hash: head.hash, stateRoot: head.header.stateRoot },
    atMs: last?.step.nowMs ?? null,
    difference:
      last === null || difference === null
        ? null
        : {
            ...difference,
            file: last.segment.label,
            step: last.step.index,
            atMs: last.step.nowMs,
            input: inputText(last.step.input),
          },
    problem,
  };
}

function segmentsOf(player: Player, last: Played | null): NodeReport['segments'] {
  const ended = player.ends().map(({ segment, steps, end }) => ({ file: segment.label, steps, end: end.kind }));
  if (last === null || ended.some(({ file }) => file === last.segment.label)) return ended;
  return [...ended, { file: last.segment.label, steps: last.step.index + 1, end: 'until' }];
}

function isReached({ kind, value }: Until, steps: number, firstMs: number, { step }: Played, player: Player): boolean {
  switch (kind) {
    case 'height':
      return (player.view()?.head.header.number ?? 0) >= value;
    case 'step':
      return steps >= value;
    case 'time':
      return step.nowMs >= value;
    case 'seconds':
      return step.nowMs >= firstMs + value;
  }
}

const ENDS = {
  stopped: 'stopped in good order',
  killed: 'ended without a word, as when killed',
  torn: 'ends in the middle of a record, which was left out',
  damaged: 'damaged',
  until: 'replayed so far',
} as const;

function describe(report: NodeReport): readonly string[] {
  const { node, segments, head, steps, difference, problem } = report;
  if (segments.length === 0 && problem === null) return [`${node.padEnd(4)} never ran`];
  const mark = report.same ? styleText('green', 'same') : styleText('red', difference === null ? 'damaged' : 'DIFFERS');
  const at =
    head === null ? 'no head' : `height ${head.number}, head ${short(head.hash)}, state root ${short(head.stateRoot)}`;
  const lines = [
    `${node.padEnd(4)} ${mark}: ${steps} steps in ${segments.length} ${segments.length === 1 ? 'life' : 'lives'}, ${at}`,
  ];
  for (const { file, steps: count, end } of segments) lines.push(`     ${file}: ${count} steps, ${ENDS[end]}`);
  if (problem !== null) lines.push(`     ${problem}`);
  if (difference === null) return lines;
  return [
    ...lines,
    `     first at step ${difference.step} of ${difference.file}, ${new Date(difference.atMs).toISOString()}: ${difference.input}`,
    `     ${difference.why}, number ${difference.effect + 1} of the step:`,
    `       recorded  ${difference.recorded ?? 'nothing'}`,
    `       replayed  ${difference.replayed ?? 'nothing'}`,
  ];
}

/** `40` is a height, `step:1200` a number of steps, `90s` a time since the first step, and a date a time of the node's clock. */
function readUntil(text: string): Until {
  const height = /^\d{1,15}$/.exec(text);
  if (height !== null) return { kind: 'height', value: Number(text) };
  const step = /^step:(\d{1,15})$/.exec(text);
  if (step !== null) return { kind: 'step', value: Number(step[1]) };
  const seconds = /^(\d{1,9}(?:\.\d{1,3})?)s$/.exec(text);
  if (seconds !== null) return { kind: 'seconds', value: Math.round(Number(seconds[1]) * 1_000) };
  const time = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return { kind: 'time', value: time };
  throw new NetworkError(
    'usage',
    `--until '${text}': expected a height (40), a number of steps (step:1200), a time since the beginning (90s) or a date (2026-01-31T12:00:00Z)`,
  );
}
