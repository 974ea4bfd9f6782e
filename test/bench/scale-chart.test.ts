import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chartOf, readRows, type ScaleRow, tableOf } from './scale-chart.ts';

const docs = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('the chart of large networks', () => {
  const rows = readRows(docs('large-networks.json'));

  it('is in the documentation as the figures beside it have it', () => {
    expect(docs('large-networks.svg')).toBe(chartOf(rows));
    expect(docs('large-networks.md')).toContain(tableOf(rows));
  });

  it('changes with a figure', () => {
    const changed = rows.map((row): ScaleRow => (row.nodes === 100 ? { ...row, mostMs: row.mostMs + 10 } : row));
    expect(chartOf(changed)).not.toBe(chartOf(rows));
    expect(tableOf(changed)).not.toBe(tableOf(rows));
  });

  it('is the same from the bench’s lines and from its summary in a formatted file', () => {
    const summary: unknown = JSON.parse(docs('large-networks.json'));
    expect(readRows(`{"kind":"row"}\n${JSON.stringify(summary)}\n`)).toEqual(rows);
    expect(readRows(JSON.stringify(summary, null, 2))).toEqual(rows);
  });

  it('is drawn of nothing but the bench’s own summary', () => {
    expect(() => readRows('{"kind":"summary","bench":"sim","rows":[]}\n')).toThrow('bench -- scale --json');
  });
});
