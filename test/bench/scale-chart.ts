// Draws what `npm run bench -- scale --json` measured: node test/bench/scale-chart.ts FILE > chart.svg, or with --table the same figures as a
// table of Markdown. FILE holds the bench's lines, or its summary.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { assert } from '../../node/lib/assert.ts';

/** A row of the bench. */
export type ScaleRow = {
  readonly nodes: number;
  readonly period: number;
  readonly halfMs: number;
  readonly mostMs: number;
  readonly stalePercent: number;
  readonly agreedPercent: number;
};

type Line = {
  readonly label: string;
  /** Of the line: where nothing crosses it. */
  readonly side: 'above' | 'below';
  readonly colour: string;
  readonly points: readonly (readonly [number, number])[];
};
type Panel = {
  readonly title: string;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly lines: readonly Line[];
};

const COLOURS = { first: '#1f5fa8', second: '#c2571a' } as const;
const WIDTH = 912;
const PANEL = { width: 300, top: 48, left: 46, plotWidth: 236, plotHeight: 190 } as const;
const HEIGHT = 300;
const TICKS = 4;

/** The rows of the bench's summary: the last line of what it printed, or that alone, however it is laid out. */
export function readRows(text: string): readonly ScaleRow[] {
  const lines = text.trim().split('\n');
  const summary = lines[0]?.trim() === '{' ? text : (lines.at(-1) ?? '');
  const { kind, bench, rows } = JSON.parse(summary) as {
    kind: string;
    bench: string;
    rows: readonly Partial<ScaleRow>[];
  };
  assert(kind === 'summary' && bench === 'scale', 'the last line of bench -- scale --json');
  return rows.filter((row): row is ScaleRow => row.nodes !== undefined);
}

/** The chart: one panel each for times, stale blocks and agreement, over the number of nodes. */
export function chartOf(rows: readonly ScaleRow[]): string {
  const line = (
    { label, side, colour }: Pick<Line, 'label' | 'side' | 'colour'>,
    period: number,
    of: (row: ScaleRow) => number,
  ): Line => ({
    label,
    side,
    colour,
    points: rows.filter((row) => row.period === period).map((row) => [row.nodes, of(row)]),
  });
  const { first, second } = COLOURS;
  const panels: readonly Panel[] = [
    {
      title: 'A block reaches the nodes',
      unit: 'ms',
      low: 0,
      high: 240,
      lines: [
        line({ label: '95 % of them', side: 'above', colour: second }, 1, ({ mostMs }) => mostMs),
        line({ label: '50 % of them', side: 'above', colour: first }, 1, ({ halfMs }) => halfMs),
      ],
    },
    {
      title: 'Stale blocks',
      unit: '%',
      low: 0,
      high: 16,
      lines: [
        line({ label: 'period 1 s', side: 'below', colour: second }, 1, ({ stalePercent }) => stalePercent),
        line({ label: 'period 5 s', side: 'above', colour: first }, 5, ({ stalePercent }) => stalePercent),
      ],
    },
    {
      title: 'One head on 95 % of the nodes',
      unit: '% of time',
      low: 80,
      high: 100,
      lines: [
        line({ label: 'period 5 s', side: 'above', colour: first }, 5, ({ agreedPercent }) => agreedPercent),
        line({ label: 'period 1 s', side: 'above', colour: second }, 1, ({ agreedPercent }) => agreedPercent),
      ],
    },
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="#333">`,
    '<title>Propagation, stale blocks and agreement from 4 to 10,000 nodes</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...panels.flatMap((panel, index) => drawPanel(panel, index * PANEL.width, sizesOf(rows))),
    '</svg>',
    '',
  ].join('\n');
}

/** The same figures as a table. */
export function tableOf(rows: readonly ScaleRow[]): string {
  const at = (nodes: number, period: number): ScaleRow => {
    const row = rows.find((each) => each.nodes === nodes && each.period === period);
    assert(row !== undefined, `${nodes} nodes at a period of ${period} s`);
    return row;
  };
  const lines = sizesOf(rows).map((nodes) => {
    const [fast, slow] = [at(nodes, 1), at(nodes, 5)];
    const cells = [
      fast.halfMs,
      fast.mostMs,
      fast.stalePercent,
      slow.stalePercent,
      fast.agreedPercent,
      slow.agreedPercent,
    ];
    return `| ${nodes.toLocaleString('en-US')} | ${cells.join(' | ')} |`;
  });
  return [
    '| nodes | 50 % have a block, ms | 95 %, ms | stale at 1 s, % | stale at 5 s, % | agreed at 1 s, % | agreed at 5 s, % |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

function sizesOf(rows: readonly ScaleRow[]): readonly number[] {
  return [...new Set(rows.map(({ nodes }) => nodes))].sort((a, b) => a - b);
}

function drawPanel({ title, unit, low, high, lines }: Panel, x: number, sizes: readonly number[]): readonly string[] {
  const [least = 1, most = 1] = [sizes[0], sizes.at(-1)];
  const left = x + PANEL.left;
  const bottom = PANEL.top + PANEL.plotHeight;
  const across = (nodes: number): number => left + (PANEL.plotWidth * Math.log(nodes / least)) / Math.log(most / least);
  const up = (value: number): number => bottom - (PANEL.plotHeight * (value - low)) / (high - low);
  const drawn = [`<text x="${left}" y="20" font-size="14" font-weight="bold">${title}</text>`];
  drawn.push(`<text x="${left}" y="37">${unit}</text>`);
  for (let tick = 0; tick <= TICKS; tick++) {
    const value = low + ((high - low) * tick) / TICKS;
    drawn.push(
      `<path d="M${left} ${place(up(value))}h${PANEL.plotWidth}" stroke="#ddd"/>`,
      `<text x="${left - 6}" y="${place(up(value) + 4)}" text-anchor="end">${value}</text>`,
    );
  }
  for (const nodes of sizes.filter((_, index) => index % 2 === 1 || index === 0)) {
    drawn.push(
      `<text x="${place(across(nodes))}" y="${bottom + 16}" text-anchor="middle">${nodes.toLocaleString('en-US')}</text>`,
    );
  }
  drawn.push(`<text x="${left + PANEL.plotWidth / 2}" y="${bottom + 34}" text-anchor="middle">nodes</text>`);
  for (const { label, side, colour, points } of lines) {
    const way = points.map(([nodes, value]) => `${place(across(nodes))} ${place(up(value))}`);
    const [nodes, value] = points.at(-3) ?? [least, low];
    drawn.push(
      `<path d="M${way.join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...way.map((point) => `<circle cx="${point.replace(' ', '" cy="')}" r="2.5" fill="${colour}"/>`),
      `<text x="${place(across(nodes))}" y="${place(up(value) + (side === 'above' ? -9 : 18))}" text-anchor="middle" fill="${colour}">${label}</text>`,
    );
  }
  return drawn;
}

function place(value: number): string {
  return value.toFixed(1);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, flag] = process.argv.slice(2);
  if (file === undefined || (flag !== undefined && flag !== '--table')) {
    process.stderr.write('usage: node test/bench/scale-chart.ts FILE [--table]\n');
    process.exitCode = 2;
  } else {
    const rows = readRows(readFileSync(file, 'utf8'));
    process.stdout.write(flag === undefined ? chartOf(rows) : tableOf(rows));
  }
}
