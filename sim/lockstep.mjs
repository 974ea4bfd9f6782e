#!/usr/bin/env node
// The installed command. In the project's own tree it runs the TypeScript on the Node that the project brings where the caller's own is too
// old for it; in an installed package, where Node strips no types, the JavaScript that was packed.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const source = fileURLToPath(new URL('cli.ts', import.meta.url));
const cli = existsSync(source) ? source : fileURLToPath(new URL('../dist/sim/cli.js', import.meta.url));
const brought = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);
const node = major < 24 && existsSync(brought) ? brought : process.execPath;
if (node === process.execPath && major < 24) {
  process.stderr.write(`lockstep: needs Node 24 or later, this is ${process.versions.node}\n`);
  process.exit(2);
}
if (node === process.execPath) await import(pathToFileURL(cli).href);
else {
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its interrupt to both; the child ends in good order, and this process with it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
