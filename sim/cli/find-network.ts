// How a command finds the running network: by the data folder's control file, or by the published port of a compose network.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, NetworkError, systemCodeOf } from '../cluster/errors.ts';
import { type ControlClient, controlClient } from '../cluster/remote.ts';

/** The folder of `lockstep up`, and of every command that acts on its network. */
export const DEFAULT_DATA = '.lockstep';
/** Where a compose network publishes its control service. */
export const COMPOSE_CONTROL = 'http://127.0.0.1:8560';

/** Who has the folder; the address is null while the network starts. */
type ControlFile = { readonly pid: number; readonly sinceMs: number; readonly url: string | null };

/** A claim without an address is believed this long: no start takes longer. */
const STARTING_MS_MAX = 120_000;

/**
 * Takes the folder for the network that this process is about to start, so that no second one writes into it. Throws where one runs or
 * starts there already. What a killed process left counts as nothing.
 */
export async function claimFolder(dir: string): Promise<void> {
  const file = join(dir, 'control.json');
  const claim = async (): Promise<boolean> => {
    try {
      await mkdir(dir, { recursive: true });
      await writeFile(file, controlText(null), { flag: 'wx' });
      return true;
    } catch (error) {
      if (systemCodeOf(error) === 'EEXIST') return false;
      throw new NetworkError('data-folder', `--data ${dir}: ${messageOf(error)}`);
    }
  };
  if (await claim()) return;
  const owner = await readControlFile(dir);
  const isStarting =
    owner !== null && owner.url === null && lives(owner) && Date.now() < owner.sinceMs + STARTING_MS_MAX;
  const url = await runningOn(dir);
  if (isStarting || url !== null) {
    throw new NetworkError(
      'already-running',
      `a network runs on ${dir} already (${url ?? `it starts, process ${owner?.pid}`})`,
    );
  }
  await removeControlFile(dir);
  if (!(await claim())) throw new NetworkError('already-running', `another network has just been started on ${dir}`);
}

/** Says where the network of this folder is reached, as long as it runs. */
export async function writeControlFile(dir: string, url: string): Promise<void> {
  await writeFile(join(dir, 'control.json'), controlText(url));
}

export async function removeControlFile(dir: string): Promise<void> {
  await rm(join(dir, 'control.json'), { force: true });
}

/** The address of the network that runs on this folder, or null. A process's number alone proves nothing: it is given away again. */
async function runningOn(dir: string): Promise<string | null> {
  const owner = await readControlFile(dir);
  if (owner === null || owner.url === null || !lives(owner)) return null;
  try {
    await controlClient(owner.url).status();
    return owner.url;
  } catch {
    return null; // nobody behind it, or somebody else
  }
}

async function readControlFile(dir: string): Promise<ControlFile | null> {
  try {
    return JSON.parse(await readFile(join(dir, 'control.json'), 'utf8')) as ControlFile; // our own file
  } catch {
    return null; // no file, or half a one
  }
}

function controlText(url: string | null): string {
  return `${JSON.stringify({ pid: process.pid, sinceMs: Date.now(), url } satisfies ControlFile)}\n`;
}

function lives({ pid }: ControlFile): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'EPERM'; // there, but somebody else's
  }
}

/**
 * The control service of the running network: an explicit address, else the folder's, else compose's published port. A folder that was
 * named is meant: then nothing else is acted on.
 */
export async function findNetwork(options: {
  readonly data: string;
  readonly control: string | undefined;
}): Promise<{ readonly url: string; readonly client: ControlClient }> {
  const named = options.control ?? (await runningOn(options.data));
  if (named !== null) {
    const client = controlClient(named);
    await client.status();
    return { url: named, client };
  }
  if (options.data !== DEFAULT_DATA) {
    throw new NetworkError('nothing-matched', `no network runs on ${options.data}`);
  }
  const client = controlClient(COMPOSE_CONTROL);
  try {
    await client.status();
    return { url: COMPOSE_CONTROL, client };
  } catch {
    throw new NetworkError(
      'nothing-matched',
      `no network runs on ${options.data}, and no compose network answers at ${COMPOSE_CONTROL}: start one with 'lockstep up' or 'docker compose up'`,
    );
  }
}
