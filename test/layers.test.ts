// The architecture as a test: every import of every source file against the table of rooms, and the bans of the pure rooms. Each rule is
// tried first on a planted breach, so that a rule that sees nothing is seen.

import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkCycles, checkImports, type Surroundings } from './layers/imports.ts';
import { type Finding, parseModule } from './layers/module.ts';
import { checkPurity } from './layers/purity.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(new URL(path, `file://${root}`), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  imports?: unknown;
};

const paths = globSync('{node,sim,scenarios}/**/*.ts', { cwd: root })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => !path.includes('node_modules/'))
  .sort();
const around: Surroundings = {
  files: new Set([...paths, 'node/lib/a.ts', 'node/host/a.ts', 'sim/cluster/a.ts', 'scenarios/contracts/a.ts']),
  packages: new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })),
};

const show = ({ path, line, rule }: Finding): string => `${path}:${line} ${rule}`;
const check = (path: string, source: string): string[] => {
  const module = parseModule(path, source);
  return [...checkImports(module, around), ...checkPurity(module)].map(show);
};

describe('the tree', () => {
  const modules = paths.map((path) => parseModule(path, read(path)));

  test('has files in every one of its three trees', () => {
    for (const top of ['node/', 'sim/', 'scenarios/']) expect(paths.some((path) => path.startsWith(top))).toBe(true);
  });
  test('imports downwards only, packages on the list only, and through no barrel or alias', () => {
    expect(modules.flatMap((module) => checkImports(module, around)).map(show)).toEqual([]);
  });
  test('has no ring of imports', () => {
    expect(checkCycles(modules).map(show)).toEqual([]);
  });
  test('has no clock, randomness, promise, operating system or fraction in a pure room', () => {
    expect(modules.flatMap(checkPurity).map(show)).toEqual([]);
  });
  test('names no module of its own by an ending that it has here alone: installed, it is JavaScript', () => {
    const named = paths.filter((path) => /new URL\(\s*['"`][^'"`]*\.ts['"`]/.test(read(path)));
    expect(named).toEqual([]);
  });
  test('maps no import to another path in a configuration file', () => {
    expect(manifest.imports).toBeUndefined();
    for (const file of ['tsconfig.json', 'tsconfig.pure.json']) expect(read(file)).not.toMatch(/"(paths|baseUrl)"/);
  });
});

describe('a planted breach of the layers is reported with its line', () => {
  const upwards = (from: string, to: string): [string, string, string] => {
    const up = '../'.repeat(from.split('/').length - 1);
    return [from, `import { x } from '${up}${to}';`, `may not import ${to}`];
  };
  test.each([
    upwards('node/lib/a.ts', 'node/types/header.ts'),
    upwards('node/types/a.ts', 'node/trie/node.ts'),
    upwards('node/trie/a.ts', 'node/state/view.ts'),
    upwards('node/state/a.ts', 'node/evm/machine.ts'),
    upwards('node/evm/a.ts', 'node/chain/fees.ts'),
    upwards('node/evm/a.ts', 'node/consensus/engine.ts'),
    upwards('node/consensus/a.ts', 'node/state/view.ts'),
    upwards('node/consensus/clique/a.ts', 'node/chain/fees.ts'),
    upwards('node/chain/a.ts', 'node/core/contract.ts'),
    upwards('node/core/a.ts', 'node/rpc/answer.ts'),
    upwards('node/core/a.ts', 'node/config/keys.ts'),
    upwards('node/rpc/a.ts', 'node/host/store.ts'),
    upwards('node/config/a.ts', 'node/host/store.ts'),
    upwards('node/config/a.ts', 'node/core/contract.ts'),
    upwards('node/host/a.ts', 'sim/kernel/heap.ts'),
    upwards('node/main.ts', 'sim/kernel/heap.ts'),
    upwards('sim/kernel/a.ts', 'sim/cluster/scenario.ts'),
    upwards('sim/check/a.ts', 'sim/wan/wan.ts'),
    upwards('sim/kernel/a.ts', 'node/host/store.ts'),
    upwards('sim/wan/a.ts', 'sim/cluster/launcher.ts'),
    upwards('sim/faults/a.ts', 'sim/cluster/launcher.ts'),
    upwards('sim/cluster/supervisor.ts', 'node/host/store.ts'),
    upwards('sim/cluster/a.ts', 'sim/cli/exit.ts'),
    upwards('sim/cli/a.ts', 'node/host/store.ts'),
    upwards('sim/cli.ts', 'sim/cluster/launcher.ts'),
    upwards('scenarios/a.ts', 'sim/cluster/cluster.ts'),
    upwards('scenarios/a.ts', 'node/lib/bytes.ts'),
    upwards('scenarios/contracts/a.ts', 'sim/cluster/scenario.ts'),
  ])('%s: %s', (path, source, rule) => {
    expect(check(path, `const first = 1;\n${source}\n`)).toEqual([`${path}:2 ${rule}`]);
  });

  test.each([
    ['an import of a type', "import type { x } from '../evm/machine.ts';"],
    ['an export from', "export { x } from '../evm/machine.ts';"],
    ['an export of all', "export * from '../evm/machine.ts';"],
    ['an import of a type within a type', "export type T = import('../evm/machine.ts').x;"],
    ['an import for its effects', "import '../evm/machine.ts';"],
  ])('%s counts', (_, source) => {
    expect(check('node/state/a.ts', `const first = 1;\n${source}`)).toEqual([
      'node/state/a.ts:2 may not import node/evm/machine.ts',
    ]);
  });

  test.each([
    ['node/nowhere/a.ts', 'const x = 1;', 'stands in no room of the table', 1],
    [
      'node/lib/a.ts',
      "import x from './missing.ts';",
      'imports node/lib/missing.ts, which is not in node/, sim/ or scenarios/',
      1,
    ],
    [
      'node/lib/a.ts',
      "import x from '../../test/layers/rooms.ts';",
      'imports test/layers/rooms.ts, which is not in node/, sim/ or scenarios/',
      1,
    ],
    [
      'node/host/a.ts',
      "import x from '#lib/bytes';",
      "imports '#lib/bytes': an alias, or a package that is not shipped",
      1,
    ],
    [
      'node/host/a.ts',
      "import x from '@/lib/bytes';",
      "imports '@/lib/bytes': an alias, or a package that is not shipped",
      1,
    ],
    [
      'node/host/a.ts',
      "import x from 'lockstep-testnet/node';",
      "imports 'lockstep-testnet/node': an alias, or a package that is not shipped",
      1,
    ],
    ['sim/cli/a.ts', "import x from 'viem';", "imports 'viem': an alias, or a package that is not shipped", 1],
    ['node/evm/a.ts', "import x from 'zod';", "imports the package zod, which is not on its room's list", 1],
    [
      'node/evm/a.ts',
      "import x from 'pure-rand';",
      "imports the package pure-rand, which is not on its room's list",
      1,
    ],
    [
      'node/config/a.ts',
      "import x from '@noble/hashes/sha2.js';",
      "imports the package @noble/hashes, which is not on its room's list",
      1,
    ],
    ['scenarios/a.ts', "import x from 'zod';", "imports the package zod, which is not on its room's list", 1],
    ['node/lib/a.ts', "import { x } from 'node:fs';", 'imports node:fs in a pure room', 1],
    ['node/lib/a.ts', "import { randomBytes as r } from '@noble/hashes/utils.js';", 'imports randomness', 1],
    ['node/core/a.ts', 'const x = 1;\nconst y = import(x);', 'imports at run time in a pure room', 2],
    ['node/host/a.ts', "export * from './store.ts';", 'is a barrel: it only re-exports', 1],
    ['node/host/a.ts', "export { x } from './store.ts';", 'is a barrel: it only re-exports', 1],
    ['node/host/a.ts', "import { x } from './store.ts';\nexport { x };", 'is a barrel: it only re-exports', 1],
  ])('%s: %s', (path, source, rule, line) => {
    expect(check(path, source)).toEqual([`${path}:${line} ${rule}`]);
  });

  test('a ring of imports is reported once, with its way', () => {
    const ring = [
      parseModule('node/lib/a.ts', "import './b.ts';"),
      parseModule('node/lib/b.ts', "\nimport type { c } from './c.ts';"),
      parseModule('node/lib/c.ts', "\n\nexport { a } from './a.ts';\nimport './d.ts';"),
      parseModule('node/lib/d.ts', 'export const d = 1;'),
    ];
    expect(checkCycles(ring).map(show)).toEqual([
      'node/lib/c.ts:3 imports in a ring: node/lib/a.ts → node/lib/b.ts → node/lib/c.ts → node/lib/a.ts',
    ]);
  });
});

describe('what the layers allow is not reported', () => {
  test.each([
    ['node/host/a.ts', "import { x } from '../core/contract.ts';\nimport { y } from 'node:fs';\nimport 'libp2p';"],
    ['sim/cluster/node-process.ts', "import { x } from '../../node/host/store.ts';"],
    ['sim/cli/exit.ts', "import { x } from '../../node/host/host-error.ts';"],
    ['sim/kernel/a.ts', "import type { x } from '../check/property.ts';"],
    ['sim/check/a.ts', "import type { x } from '../kernel/links.ts';"],
    ['scenarios/a.ts', "import { x } from '../sim/cluster/scenario.ts';\nimport { y } from './contracts/a.ts';"],
    ['node/lib/a.ts', "import { x } from './bytes.ts';\nexport { x };\nexport const y = x;"],
  ])('%s: %s', (path, source) => {
    expect(check(path, source)).toEqual([]);
  });
});

describe('a planted breach of purity is reported with its line', () => {
  const breaches: readonly (readonly [string, string])[] = [
    ['x = Date.now();', 'uses Date: a clock'],
    ['x = new Date();', 'uses Date: a clock'],
    ['let y: Date;', 'uses Date: a clock'],
    ['x = performance.now();', 'uses performance: a clock'],
    ['x = Math.random();', 'uses Math.random'],
    ["x = Math['random']();", 'uses Math.random'],
    ['x = Math.round(1);', 'uses Math.round'],
    ['x = Math.trunc(1);', 'uses Math.trunc'],
    ['const { random } = Math;', 'uses Math.?'],
    ['x = Math[y];', 'uses Math.?'],
    ['x = crypto;', 'uses crypto: randomness'],
    ['x = secp256k1.utils.randomSecretKey();', 'uses .randomSecretKey: randomness'],
    ['x = y.getRandomValues();', 'uses .getRandomValues: randomness'],
    ['setTimeout(x, 1);', 'uses setTimeout: a timer'],
    ['setInterval(x, 1);', 'uses setInterval: a timer'],
    ['setImmediate(x);', 'uses setImmediate: a timer'],
    ['queueMicrotask(x);', 'uses queueMicrotask: a task for later'],
    ['fetch(x);', 'uses fetch: a task for later'],
    ['x = process.env;', 'uses process: the operating system'],
    ['x = { process };', 'uses process: the operating system'],
    ['console.log(x);', 'uses console: the operating system'],
    ['x = globalThis;', 'uses globalThis: the operating system'],
    ['x = Buffer.alloc(1);', 'uses Buffer: the operating system'],
    ['x = Promise.all(x);', 'uses Promise: a task for later'],
    ['let y: Promise<number>;', 'uses Promise: a task for later'],
    ['async function f() {}', 'has an async function'],
    ['x = async () => {};', 'has an async function'],
    ['x = { async f() {} };', 'has an async function'],
    ['await x;', 'awaits'],
    ['for await (const y of x); export {};', 'awaits'],
    ['x = y / 2;', 'divides with /'],
    ['x = 4n / 2n;', 'divides with /'],
    ['x /= 2;', 'divides with /='],
    ['x = 0.5;', 'has the decimal literal 0.5'],
    ['x = .5;', 'has the decimal literal .5'],
    ['x = 1.0;', 'has the decimal literal 1.0'],
    ['x = 1e-3;', 'has the decimal literal 1e-3'],
    ['x = parseFloat(y);', 'uses parseFloat: a fraction'],
    ['x = Number.parseFloat(y);', 'uses .parseFloat: a fraction'],
    ['x = y.localeCompare(z);', 'uses .localeCompare: a language of people'],
    ["x = y['localeCompare'](z);", 'uses .localeCompare: a language of people'],
    ['x = y.toLocaleString();', 'uses .toLocaleString: a language of people'],
    ['x = new WeakRef(y);', 'uses WeakRef: the garbage collector'],
    ['x = eval(y);', 'uses eval: code from text'],
  ];
  test.each(breaches)('%s', (source, rule) => {
    expect(check('node/core/a.ts', `let x;\n\n${source}\n`)).toEqual([`node/core/a.ts:3 ${rule}`]);
  });

  const pureRooms = ['lib', 'types', 'trie', 'state', 'evm', 'consensus', 'chain', 'core', 'rpc', 'config'];
  test.each([
    ...pureRooms.map((room) => `node/${room}/a.ts`),
    'node/evm/opcodes/a.ts',
    'sim/kernel/a.ts',
    'sim/check/a.ts',
  ])('%s is pure', (path) =>
    expect(check(path, 'export const x = Date.now();')).toEqual([`${path}:1 uses Date: a clock`]));
});

describe('what purity allows is not reported', () => {
  test.each([
    ['a whole number of any form', 'const x = [1e3, 0x2e, 1_000, 10n, 0b11, 1e21];'],
    ['the named functions of Math', 'const x = Math.floor(Math.min(1, Math.max(2, Math.imul(3, Math.clz32(4)))));'],
    ['a slash that divides nothing', 'const x = /a\\/b/.test("1/2"); // 1/2'],
    [
      'a field or member with the name of a banned thing',
      'const x = { process: 1 }.process; type T = { process(): void; Date: 1 };',
    ],
    ['a text with the name of a banned thing', "const x = 'Date.now()';"],
  ])('%s', (_, source) => {
    expect(check('node/core/a.ts', source)).toEqual([]);
  });
  test('the file of integer helpers divides', () => {
    expect(check('node/lib/integer.ts', 'const x = Math.trunc(1 / 2) + 0.5;')).toEqual([]);
    expect(check('node/lib/integer.ts', 'const x = Date;')).toEqual(['node/lib/integer.ts:1 uses Date: a clock']);
  });
  test('an impure room does as it likes', () => {
    expect(check('node/host/a.ts', 'const x = await Promise.all([Date.now() / 0.5, process.pid]);')).toEqual([]);
  });
});
