import { describe, expect, it } from 'vitest';
import { isOfPackages } from '../../node/host/uncaught.ts';

function thrown(...frames: readonly string[]): Error {
  const error = new Error('reset');
  error.stack = ['StreamResetError: reset', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

const ROOT = new URL('../../', import.meta.url).href;
const LIBRARY = `YamuxStream.onRemoteReset (${ROOT}node_modules/@libp2p/utils/src/abstract-stream.ts:1:2)`;
const NODE = 'process.processTicksAndRejections (node:internal/process/task_queues:105:5)';
const OURS = `exchange (${ROOT}node/host/requests.ts:70:16)`;

describe('an unhandled rejection', () => {
  it('is of a library where packages and Node alone stand in its stack', () => {
    expect(isOfPackages(thrown(LIBRARY, NODE))).toBe(true);
  });

  it.each([
    ['a frame of ours stands in its stack', thrown(LIBRARY, OURS)],
    ['no package stands in its stack', thrown(NODE)],
    ['it has no stack', thrown()],
    ['it is no error', 'reset'],
  ])('is ours where %s', (_, error) => {
    expect(isOfPackages(error)).toBe(false);
  });
});
