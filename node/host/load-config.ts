// Reads a configuration file and the genesis file that it names, from disk.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type NodeConfig, parseNodeConfig } from '../config/node-config.ts';
import { HostError, systemCodeOf } from './host-error.ts';

/** Reads and checks a configuration; its paths become absolute, relative ones against the file's folder. Throws HostError. */
export function loadNodeConfig(file: string): NodeConfig {
  const config = parseNodeConfig(read(file), file);
  if ('kind' in config) throw new HostError('configuration', config.message);
  const folder = dirname(resolve(file));
  return {
    ...config,
    genesis: resolve(folder, config.genesis),
    data: resolve(folder, config.data),
    recording: config.recording === null ? null : resolve(folder, config.recording),
  };
}

/** Reads a JSON file whose content somebody else checks. Throws HostError. */
export function readJson(file: string): unknown {
  const text = read(file);
  try {
    return JSON.parse(text);
  } catch {
    throw new HostError('configuration', `${file}: not JSON`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HostError('configuration', `${file}: cannot be read (${systemCodeOf(error) ?? 'unknown reason'})`, {
      cause: error,
    });
  }
}
