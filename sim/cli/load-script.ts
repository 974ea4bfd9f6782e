// Reads a file that holds a scenario as data.

import { readFile } from 'node:fs/promises';
import { messageOf, NetworkError } from '../cluster/errors.ts';
import { readScript } from '../script/read.ts';
import type { Script } from '../script/script.ts';

/** The scenario of a YAML file. What is wrong with it is told by the name that the user gave. */
export async function loadScript(file: string): Promise<Script> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new NetworkError('usage', `${file}: ${messageOf(error)}`);
  }
  return readScript(text, file);
}
