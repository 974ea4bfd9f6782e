// Damages the end of a LevelDB store that nobody has open, as a machine that loses its power does: the newest journal is cut before its last
// record, or in the middle of it. LevelDB then drops that batch, whole.

import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** LevelDB's log format: blocks of 32 KiB; records of checksum (4), length (2), type (1) and data; none begins in a block's last 6 bytes. */
const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const TYPE_AT = 6;
const LENGTH_AT = 4;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

/** Cuts the newest journal of a folder. False where it holds no batch: the last ones are in tables already, and nothing was cut. */
export function cutJournal(folder: string, how: 'lost-tail' | 'torn-tail'): boolean {
  if (!existsSync(folder)) return false; // its process never came to open it
  const [newest] = readdirSync(folder)
    .filter((name) => /^\d+\.log$/.test(name))
    .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  if (newest === undefined) return false;
  const file = join(folder, newest);
  const last = lastBatch(readFileSync(file));
  if (last === null) return false;
  const { from, to } = last;
  truncateSync(file, how === 'lost-tail' ? from : from + Math.floor((to - from) / 2));
  return true;
}

/** Where the last whole batch of a journal stands, in bytes; null where there is none. */
function lastBatch(journal: Buffer): { readonly from: number; readonly to: number } | null {
  let last: { readonly from: number; readonly to: number } | null = null;
  let began = 0;
  let at = 0;
  while (at + HEADER_BYTES <= journal.length) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      at += left;
      continue;
    }
    const type = journal.readUInt8(at + TYPE_AT);
    const end = at + HEADER_BYTES + journal.readUInt16LE(at + LENGTH_AT);
    if (type === 0 || type > LAST || end > journal.length) break; // space that was never written, or torn already
    if (type === FULL || type === FIRST) began = at;
    if (type === FULL || type === LAST) last = { from: began, to: end };
    at = end;
  }
  return last;
}
