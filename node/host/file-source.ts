// A file as a source of bytes for the reader of recordings: synchronous, through one window of memory, so that a segment of any size is read
// in the space of a few records.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../recording/frames.ts';
import { HostError, messageOf } from './host-error.ts';

export type FileSource = ByteSource & { readonly close: () => void };

const WINDOW_BYTES = 1_048_576;

/** Opens a file for reading. Its size is that of this moment. Throws HostError where it cannot be read. */
export function openFileSource(path: string): FileSource {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new HostError('recording', `${path}: ${messageOf(error)}`, { cause: error });
  }
  const { size } = fstatSync(file);
  let window: Uint8Array = new Uint8Array(0);
  let windowAt = 0;

  const load = (at: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const count = readSync(file, bytes, done, length - done, at + done);
      if (count === 0) throw new HostError('recording', `${path}: became shorter while it was read`);
      done += count;
    }
    return bytes;
  };

  return {
    size,
    read(at, length) {
      if (length > WINDOW_BYTES) return load(at, length);
      if (at < windowAt || at + length > windowAt + window.length) {
        windowAt = at;
        window = load(at, Math.min(WINDOW_BYTES, size - at));
      }
      // A copy: whoever keeps a record must not keep the window.
      return window.slice(at - windowAt, at - windowAt + length);
    },
    close: () => closeSync(file),
  };
}
