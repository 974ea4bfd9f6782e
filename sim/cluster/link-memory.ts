// The state of a wan's links on disk, so that a control service that is started again carries what was cut, and nothing else heals it.

import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { type LinkTable, OPEN_LINK } from '../kernel/links.ts';
import { messageOf, NetworkError, systemCodeOf } from './errors.ts';
import { linkShapeSchema } from './order-schema.ts';

const schema = z.record(z.string(), linkShapeSchema);

/** The table that was remembered last; an empty one where none was. Throws NetworkError where the file is not ours. */
export function recallLinks(file: string): LinkTable {
  try {
    const shapes = schema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return new Map(Object.entries(shapes).map(([link, shape]) => [link, { ...OPEN_LINK, ...shape }]));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return new Map();
    throw new NetworkError('data-folder', `${file}: ${messageOf(error)}`);
  }
}

/** Remembers a table. Throws NetworkError where it cannot. */
export function rememberLinks(file: string, table: LinkTable): void {
  try {
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(table))}\n`);
  } catch (error) {
    throw new NetworkError('data-folder', `${file}: ${messageOf(error)}`);
  }
}
