// The table of rooms: who may import whom. It says again, in a form that a test can read, what the architecture says in words.

/** A room: one folder of node/ or sim/, or what stands in the root of one of the three trees. */
export type Room = {
  readonly name: string;
  /** Other rooms that it may import from. Its own files it always may. */
  readonly imports: readonly string[];
  /** Single files of other rooms that it may import beside those. */
  readonly files: readonly string[];
  /** Whether it is free of clocks, randomness, promises, floats and the operating system. */
  readonly kind: 'pure' | 'impure';
  /** Packages of a pure room; an impure one may have every package that is shipped. */
  readonly packages: readonly string[];
};

const NOBLE = ['@noble/curves', '@noble/hashes'];

/** Every room below the host, in the order of the layers: each may import those before it, as far as its own line says. */
const NODE_PURE: readonly Room[] = [
  pure('node/lib', [], [...NOBLE, 'pure-rand']),
  pure('node/types', ['lib'], NOBLE),
  pure('node/trie', ['lib', 'types'], NOBLE),
  pure('node/state', ['lib', 'types', 'trie'], NOBLE),
  pure('node/evm', ['lib', 'types', 'trie', 'state'], NOBLE),
  pure('node/consensus', ['lib', 'types'], NOBLE),
  pure('node/chain', ['lib', 'types', 'trie', 'state', 'evm', 'consensus'], NOBLE),
  pure('node/core', ['lib', 'types', 'trie', 'state', 'evm', 'consensus', 'chain'], NOBLE),
  pure('node/rpc', ['lib', 'types', 'trie', 'state', 'evm', 'consensus', 'chain', 'core'], NOBLE),
  pure('node/recording', ['lib', 'types', 'trie', 'state', 'evm', 'consensus', 'chain', 'core'], [...NOBLE, 'zod']),
  pure('node/config', ['lib', 'types'], ['zod']),
];

/** Of the host, what every driver needs, the simulator's too: the fast hashing and signatures, files as bytes, and the errors of the world. */
const DRIVER_FILES = ['node/host/backends.ts', 'node/host/file-source.ts', 'node/host/host-error.ts'];

const BELOW_HOST = NODE_PURE.map(({ name }) => name);

/** All rooms. A folder that is not here is reported: it has to say first where it stands. */
export const ROOMS: readonly Room[] = [
  ...NODE_PURE,
  impure('node/host', BELOW_HOST),
  impure('node', [...BELOW_HOST, 'node/host']),
  { ...impure('sim/kernel', [...BELOW_HOST, 'sim/check']), kind: 'pure' },
  { ...impure('sim/check', [...BELOW_HOST, 'sim/kernel']), kind: 'pure' },
  { ...impure('sim/scale', BELOW_HOST), kind: 'pure' },
  impure('sim/wan', ['sim/kernel']),
  impure('sim/faults', [...BELOW_HOST, 'sim/kernel']),
  {
    ...impure('sim/cluster', [...BELOW_HOST, 'sim/kernel', 'sim/check', 'sim/wan', 'sim/faults']),
    files: DRIVER_FILES,
  },
  impure('sim/script', ['node/types', 'node/lib', 'node/core', 'sim/kernel', 'sim/check', 'sim/faults', 'sim/cluster']),
  impure('sim/explore', [...BELOW_HOST, 'sim/kernel', 'sim/check', 'sim/faults', 'sim/cluster', 'sim/script']),
  impure('sim/explain', [...BELOW_HOST, 'sim/kernel', 'sim/check', 'sim/faults', 'sim/cluster']),
  impure('sim/dashboard', [...BELOW_HOST, 'sim/kernel', 'sim/check', 'sim/wan', 'sim/cluster', 'sim/explain']),
  {
    ...impure('sim/cli', [
      ...BELOW_HOST,
      ...['kernel', 'check', 'wan', 'faults', 'cluster', 'script', 'explore', 'explain', 'dashboard'].map(
        (room) => `sim/${room}`,
      ),
    ]),
    files: DRIVER_FILES,
  },
  {
    ...impure('sim/library', [...BELOW_HOST, 'sim/kernel', 'sim/check', 'sim/cluster']),
    files: DRIVER_FILES,
  },
  impure('sim', ['sim/cli']),
  {
    ...pure('scenarios', [], []),
    kind: 'impure',
    files: ['sim/cluster/scenario.ts'],
    imports: ['scenarios/contracts'],
  },
  { ...pure('scenarios/contracts', [], []), kind: 'impure' },
];

/** The entries of node processes and of their threads, which start a host with other parts: alone in sim/ they may import node/host. */
const PROCESS_ENTRY = /^sim\/cluster\/node-[a-z-]+\.ts$/;

/** The helpers of integers: the one pure file with a division and with what else has to do with fractions. */
export const INTEGER_FILE = 'node/lib/integer.ts';

/** The room of a file, or null where its folder is none. */
export function roomOf(path: string): Room | null {
  const [top, second, third] = path.split('/');
  const name = third === undefined ? top : `${top}/${second}`;
  return ROOMS.find((room) => room.name === name) ?? null;
}

/** Whether the file at one path may import the file at another. */
export function mayImport(from: string, to: string): boolean {
  const room = roomOf(from);
  const target = roomOf(to);
  if (room === null || target === null) return false;
  if (room === target || room.imports.includes(target.name) || room.files.includes(to)) return true;
  return target.name === 'node/host' && PROCESS_ENTRY.test(from);
}

function pure(name: string, nodeRooms: readonly string[], packages: readonly string[]): Room {
  return { name, imports: nodeRooms.map((room) => `node/${room}`), files: [], kind: 'pure', packages };
}

function impure(name: string, imports: readonly string[]): Room {
  return { name, imports, files: [], kind: 'impure', packages: [] };
}
