// How a command finds the running network: by the data folder's control file, or by the published port of a compose network.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NetworkError } from '../cluster/errors.ts';
import { type ControlClient, controlClient } from '../cluster/remote.ts';

/** The folder of `lockstep up`, and of every command that acts on its network. */
export const DEFAULT_DATA = '.lockstep';
/** Where a compose network publishes its control service. */
export const COMPOSE_CONTROL = 'http://127.0.0.1:8560';

type ControlFile = { readonly url: string; readonly pid: number };

/** Says where the network of this folder is reached, as long as it runs. */
export async function writeControlFile(dir: string, url: string): Promise<void> {
  await writeFile(join(dir, 'control.json'), `${JSON.stringify({ url, pid: process.pid } satisfies ControlFile)}\n`);
}

export async function removeControlFile(dir: string): Promise<void> {
  await rm(join(dir, 'control.json'), { force: true });
}

/** The address of the network that runs on this folder, or null. A file left by a killed `up` counts as none. */
export async function runningOn(dir: string): Promise<string | null> {
  try {
    const { url, pid } = JSON.parse(await readFile(join(dir, 'control.json'), 'utf8')) as ControlFile; // our own file
    process.kill(pid, 0);
    return url;
  } catch {
    return null; // no file, or nobody behind it
  }
}

/** The control service of the running network: an explicit address, else the folder's, else compose's published port. */
export async function findNetwork(options: {
  readonly data: string;
  readonly control: string | undefined;
}): Promise<{ readonly url: string; readonly client: ControlClient }> {
  const named = options.control ?? (await runningOn(options.data));
  const url = named ?? COMPOSE_CONTROL;
  const client = controlClient(url);
  if (named !== null && named !== undefined) {
    await client.status();
    return { url, client };
  }
  try {
    await client.status();
    return { url, client };
  } catch {
    throw new NetworkError(
      'nothing-matched',
      `no network runs on ${options.data}, and no compose network answers at ${COMPOSE_CONTROL}: start one with 'lockstep up' or 'docker compose up'`,
    );
  }
}
