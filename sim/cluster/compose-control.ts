// The control service of a network of containers: holds the wan between them, orders their supervisors about, and serves the same control
// API that `lockstep up` does. Its log is what a person sees who types `docker compose up`.

import { join } from 'node:path';
import { DEVELOPMENT_ACCOUNTS, DEVELOPMENT_MNEMONIC } from '../../node/config/keys.ts';
import { startWan } from '../wan/wan.ts';
import { composeLinks, PORT, publishedRpc, readComposeNetwork } from './compose-layout.ts';
import { type ControlledNode, startControl } from './control.ts';
import type { NetworkDescription } from './description.ts';
import { messageOf } from './errors.ts';
import { recallLinks, rememberLinks } from './link-memory.ts';
import { storyLine } from './story.ts';
import { createSupervisorLauncher } from './supervisor-launcher.ts';

try {
  await serve(process.env);
} catch (error) {
  process.stderr.write(`lockstep: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function serve(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { network, token } = readComposeNetwork(env);
  const names = network.facts.nodes;
  const nodes = names.map(
    (name): ControlledNode => ({
      name,
      publicRpc: publishedRpc(names, name),
      admin: `http://${name}:${PORT.admin}`,
      adminToken: token,
    }),
  );
  const file = join(env['LOCKSTEP_DATA'] ?? '/data', 'links.json');
  const links = recallLinks(file);
  if (links.size > 0) say(`${links.size} links are shaped as they were: npm run lockstep -- net heal opens them`);
  const wan = await startWan(names, composeLinks(names), links);
  const control = await startControl({
    arm: 'compose',
    network,
    nodes,
    wan,
    launcher: createSupervisorLauncher({ urlOf: (node) => `http://${node}:${PORT.supervisor}`, token }),
    snapshots: null, // each store is in a volume of its own
    listen: { host: '0.0.0.0', port: PORT.control },
    hosts: ['control'],
    remember: (table) => rememberLinks(file, table),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void control.close().then(() => process.exit(0)));
  }
  say(`waiting for ${names.join(', ')} …`);
  control.log.listen((observation) => {
    const line = storyLine(observation);
    if (line !== null) say(line);
  });
  try {
    await control.startAll();
    say(welcome(network, nodes));
  } catch (error) {
    // The others run, and orders are served: whoever looks can mend it.
    say(`not complete: ${messageOf(error)}`);
  }
}

function welcome(network: NetworkDescription, nodes: readonly ControlledNode[]): string {
  const roleOf = (name: string): string => (network.facts.signerOf.has(name) ? 'authority' : 'follower');
  return [
    '',
    `Lockstep: ${nodes.length} nodes up, chain id ${network.genesis.config.chainId}`,
    '',
    ...nodes.map(({ name, publicRpc }) => `  ${name.padEnd(4)} ${publicRpc}  ${roleOf(name)}`),
    '',
    `${DEVELOPMENT_ACCOUNTS.length} development accounts, 10,000 ether each: "${DEVELOPMENT_MNEMONIC}"`,
    '',
    'In another terminal, in the same folder (after npm ci):',
    '  npm run lockstep -- tree                                   what the nodes have agreed on',
    '  npm run lockstep -- net partition n1,n3 / n2,n4,n5,f1      cut the network in two',
    '  npm run lockstep -- net heal                               and put it together again',
    '  npm run lockstep -- roots | send --to 0x… --value 1 | node kill n3 | node start n3',
    '  npm run lockstep -- run partition-heal --on compose',
    'docker compose down ends it; with -v it forgets the chain.',
    '',
  ].join('\n');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
