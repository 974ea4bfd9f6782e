// Makes dist/, what is packed and installed: the JavaScript and the declarations of node/, sim/ and scenarios/, and the scenarios that are
// data. Node strips no types below node_modules, so nothing there may be TypeScript.

import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

rmSync(`${root}dist`, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', `${root}tsconfig.build.json`], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
for (const file of readdirSync(`${root}scenarios`)) {
  if (/\.(ya?ml|json)$/.test(file)) cpSync(`${root}scenarios/${file}`, `${root}dist/scenarios/${file}`);
}
