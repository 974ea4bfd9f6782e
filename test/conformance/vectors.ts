// Where the official vectors are and how their packs are read. They stay outside of the repository.

import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createZstdDecompress, gunzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = process.env['LOCKSTEP_VECTORS'] ?? join(ROOT, '..', 'shared', 'vectors');

/** The path of a vector file, whether or not it exists. */
export function vectorPath(name: string): string {
  return join(FOLDER, name);
}

/** Whether the vectors are here. In CI their absence is an error; elsewhere tests are left out, and the reason is printed. */
export function hasVectors(name: string): boolean {
  if (existsSync(vectorPath(name))) return true;
  if (process.env['CI'] !== undefined) throw new Error(`the vectors ${vectorPath(name)} are missing`);
  console.warn(`left out: no vectors at ${vectorPath(name)} (set LOCKSTEP_VECTORS)`);
  return false;
}

/** Every line of a .jsonl.gz file, parsed. For the small packs. */
export function readGzipLines(name: string): unknown[] {
  return gunzipSync(readFileSync(vectorPath(name)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

/** The lines of a .jsonl.zst file, unparsed, one after the other: such a file unpacks to tens of megabytes. */
export async function* readZstdLines(name: string): AsyncGenerator<string> {
  const lines = createInterface({
    input: createReadStream(vectorPath(name)).pipe(createZstdDecompress()),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) if (line !== '') yield line;
}

/** A file inside of a pack of whole files. */
export type PackedFile = { readonly path: string; readonly encoding: string; readonly data: string };

/** The files of a pack that holds one file per line, parsed as JSON. */
export function readPackedJson(name: string): { readonly path: string; readonly json: unknown }[] {
  return (readGzipLines(name) as PackedFile[]).map(({ path, encoding, data }) => ({
    path,
    json: JSON.parse(encoding === 'base64' ? Buffer.from(data, 'base64').toString('utf8') : data) as unknown,
  }));
}
