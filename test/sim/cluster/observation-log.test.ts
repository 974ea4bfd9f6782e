import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { Observation } from '../../../sim/check/property.ts';
import { createObservationLog, type ObservationLog } from '../../../sim/cluster/observation-log.ts';

const message = (text: string): Observation => ({
  kind: 'event',
  atMs: 0,
  node: 'n1',
  event: { kind: 'host', message: text },
});

/** The numbers that a reader gets who begins behind one. */
function read(log: ObservationLog, since: number): number[] {
  const response = Object.assign(new PassThrough(), { writeHead: () => undefined, flushHeaders: () => undefined });
  log.stream(since, response as unknown as ServerResponse);
  const text = String(response.read() ?? '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
}

it('streams what is kept from a number on', () => {
  const log = createObservationLog();
  for (const text of ['a', 'b', 'c']) log.append(message(text));
  expect(log.last()).toBe(3);
  expect(read(log, 1)).toEqual([2, 3]);
});

it('forgets the oldest observations when there are too many, or too long ones', () => {
  const log = createObservationLog({ keptMax: 3, lengthMax: 1_000 });
  for (let i = 0; i < 5; i++) log.append(message('short'));
  expect(read(log, 0)).toEqual([3, 4, 5]);
  log.append(message('x'.repeat(700)));
  expect(read(log, 0)).toEqual([5, 6]);
  log.append(message('x'.repeat(2_000)));
  expect(read(log, 0)).toEqual([7]);
});
