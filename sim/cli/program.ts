// The words of the command `lockstep`, and which function of this folder each goes to. Prints nothing itself but errors.

import { Command, CommanderError } from 'commander';
import { messageOf } from '../cluster/errors.ts';
import { DISK_FAULTS } from '../kernel/machine-order.ts';
import { scenarioJsonSchema } from '../script/schema.ts';
import {
  type ActFlags,
  heal,
  type LinkFlags,
  partition,
  type SendFlags,
  send,
  shapeLink,
  stall,
  treatNode,
} from './act.ts';
import { type ClockFlags, freezeNode, repair, setClock, slowDisk, slowDown, spoilDisk } from './ail.ts';
import { EXIT, exitStatusOf, printError } from './exit.ts';
import { type ExplainFlags, explainNetwork } from './explain.ts';
import { explore } from './explore.ts';
import type { ExploreFlags } from './explore-wish.ts';
import { DEFAULT_DATA } from './find-network.ts';
import { toJson } from './output.ts';
import { type ReplayFlags, replay } from './replay.ts';
import { type RootsFlags, roots } from './roots.ts';
import { type RunFlags, runScenario } from './run.ts';
import { listSnapshots, type RestoreFlags, removeSnapshot, restoreSnapshot, saveSnapshot } from './snapshot.ts';
import { type TreeFlags, tree } from './tree.ts';
import { type UpFlags, up } from './up.ts';

// Whoever read our output has seen enough (`lockstep tree | head`): end as if told to.
process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'));

const program = new Command('lockstep')
  .description('A multi-node Ethereum testnet that you can break, rewind and explain.')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({
    outputError: (text, write) =>
      write(
        `lockstep: ${text
          .trim()
          .replace(/^error: /, '')
          .replaceAll('\n', ' ')}\n`,
      ),
  });

/** Runs a command and keeps its exit status for the end. */
function ending(work: () => Promise<number>): Promise<void> {
  return work().then((status) => {
    process.exitCode = status;
  });
}

/** The values of a flag that may come again. */
function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** The flags of every command that acts on a running network. */
function acting(command: Command): Command {
  return command
    .option('--data <dir>', 'the folder of the running network', DEFAULT_DATA)
    .option('--control <url>', "the network's control service, instead of looking for it")
    .option('--json', 'one JSON object a line');
}

program
  .command('up')
  .description('start a network of processes on this machine and watch it')
  .option('--nodes <n>', 'authorities (default: 5)')
  .option('--followers <n>', 'nodes that execute and compare but never seal (default: 1)')
  .option('--period <seconds>', 'seconds between blocks (default: 1)')
  .option(
    '--signer-limit <n>',
    'a signer seals at most one of any n consecutive blocks (default: half the signers and one)',
  )
  .option('--seed <text>', 'the seed of all keys and of everything that looks random (default: lockstep)')
  .option('--genesis <file>', "a geth genesis.json to start from; its signers become this network's")
  .option('--data <dir>', 'where chain, keys and logs are kept between runs', DEFAULT_DATA)
  .option('--tier <n>', 'tier of the virtual machine: 0 the reference, 1 WebAssembly (default: 1)')
  .option(
    '--fault <node=name>',
    'plant a fault in a node, as in n4=sdiv-rounds-down (again for further nodes)',
    collect,
    [],
  )
  .option('--record [dir]', "keep every node's inputs, to be replayed (default: recording in the data folder)")
  .option('--rpc-port <port>', "the first node's JSON-RPC port; 0 takes free ones", '8545')
  .option('--json', 'one JSON object a line')
  .action((flags: UpFlags) => ending(() => up(flags)));

const net = program.command('net').description('cut, shape and heal the network between the nodes');
acting(net.command('partition <groups...>'))
  .description('let only the nodes of one side hear each other: n1,n3 / n2,n4,n5,f1')
  .action((groups: string[], flags: ActFlags) => ending(() => partition(groups, flags)));
acting(net.command('heal'))
  .description('open every link and take away every shape')
  .action((flags: ActFlags) => ending(() => heal(flags)));
acting(net.command('link <from> <to>'))
  .description('shape the link between two nodes')
  .option('--delay <duration>', 'each way, as in 200ms')
  .option('--jitter <duration>', 'up to this much more, as in 50ms')
  .option('--rate <rate>', 'bits a second, as in 1mbit; none for no limit')
  .option('--loss <percent>', 'of a hundred messages so many are lost: over TCP each is a stall of 200 ms')
  .option('--duplicate <percent>', 'of a hundred messages so many come twice (virtual arm only)')
  .option('--reorder <percent>', 'at so many of a hundred arrivals another message is first (virtual arm only)')
  .option('--state <state>', 'open, stalled or cut')
  .option('--one-way', 'only from the first to the second')
  .action((from: string, to: string, flags: LinkFlags) => ending(() => shapeLink(from, to, flags)));
acting(net.command('stall <node> [peer]'))
  .description('hold back everything of a node, or of the link between two')
  .option('--one-way', 'only from the first to the second')
  .action((node: string, peer: string | undefined, flags: LinkFlags) => ending(() => stall(node, peer, flags)));

const node = program
  .command('node')
  .description('kill, stop, pause, resume, start, restart or wipe one node; spoil its clock, disk or speed');
for (const what of ['kill', 'stop', 'pause', 'resume', 'start', 'restart', 'wipe'] as const) {
  acting(node.command(`${what} <node>`)).action((name: string, flags: ActFlags) =>
    ending(() => treatNode(what, name, flags)),
  );
}

acting(node.command('clock <node> <offset>'))
  .description("set a node's clock ahead, as in 5s; it never steps back, it waits")
  .option('--behind', 'set it behind instead')
  .action((name: string, offset: string, flags: ClockFlags) => ending(() => setClock(name, offset, flags)));
acting(node.command('disk <node> <fault>'))
  .description(`make a node's disk fail: ${DISK_FAULTS.join(', ')}`)
  .action((name: string, fault: string, flags: ActFlags) => ending(() => spoilDisk(name, fault, flags)));
acting(node.command('sync <node> <delay>'))
  .description('let every batch of a node be durable so much later, as in 200ms')
  .action((name: string, delay: string, flags: ActFlags) => ending(() => slowDisk(name, delay, flags)));
acting(node.command('slow <node> <time>'))
  .description('let a node need so much longer for every block, as in 800ms')
  .action((name: string, time: string, flags: ActFlags) => ending(() => slowDown(name, time, flags)));
acting(node.command('freeze <node> <time>'))
  .description('let a node do nothing for so long, once, as in 5s')
  .action((name: string, time: string, flags: ActFlags) => ending(() => freezeNode(name, time, flags)));
acting(node.command('repair'))
  .description('put every clock, disk and speed in order')
  .action((flags: ActFlags) => ending(() => repair(flags)));

const snapshot = program.command('snapshot').description('save the whole running network, and take it back there');
acting(snapshot.command('save <name>'))
  .description('keep every store, every link and who runs, as they are at this moment')
  .action((name: string, flags: ActFlags) => ending(() => saveSnapshot(name, flags)));
acting(snapshot.command('restore <name>'))
  .description('take the network back to a snapshot; what is there now becomes the snapshot before-<name>')
  .option('--discard', 'throw away what is there now')
  .option('--clock <which>', 'wall: go on at the present time; saved: as if no time had passed', 'wall')
  .action((name: string, flags: RestoreFlags) => ending(() => restoreSnapshot(name, flags)));
acting(snapshot.command('list'))
  .description('the snapshots of the running network, the oldest first')
  .action((flags: ActFlags) => ending(() => listSnapshots(flags)));
acting(snapshot.command('remove <name>'))
  .description('throw a snapshot away')
  .action((name: string, flags: ActFlags) => ending(() => removeSnapshot(name, flags)));

acting(program.command('roots'))
  .description("per block, each node's own state root and whether they agree")
  .option('--from <height>')
  .option('--to <height>')
  .action((flags: RootsFlags) => ending(() => roots(flags)));
acting(program.command('tree'))
  .description('the block tree, with who stands where')
  .option('--last <heights>', 'how many heights to show', '20')
  .action((flags: TreeFlags) => ending(() => tree(flags)));
acting(program.command('send'))
  .description('send a transaction from a development account and wait for it')
  .option('--to <address>', 'without it, --input is the creation code of a contract')
  .option('--value <amount>', 'ether, or with a unit: 20gwei, 100wei', '0')
  .option('--from <index>', 'the sending development account, 0 to 9', '0')
  .option('--via <node>', 'the node that is given the transaction')
  .option('--nonce <n>')
  .option('--input <hex>', 'call data')
  .option('--gas <n>')
  .option('--no-wait', 'return when the node has accepted it')
  .action((flags: SendFlags) => ending(() => send(flags)));

program
  .command('run <scenario>')
  .description('play a scenario, of scenarios/ or of a file in TypeScript or YAML, and check every property on the way')
  .option('--on <arm>', 'virtual, processes or compose', 'virtual')
  .option('--seed <text>', 'the seed of the run (default: lockstep)')
  .option('--tier <n>', 'tier of the virtual machine: 0 the reference, 1 WebAssembly (default: 1)')
  .option('--twice', 'play it twice and compare the traces, byte for byte (P22; virtual arm)')
  .option('--control <url>', "with --on compose: the network's control service")
  .option('--json', 'one JSON object a line')
  .option('--record <dir>', "with --on processes: keep every node's inputs, to be replayed")
  .option('--junit <file>', 'write a JUnit report')
  .action((name: string, flags: RunFlags) => ending(() => runScenario(name, flags)));

program
  .command('schema')
  .description("print the JSON Schema of a scenario's YAML form, for editors")
  .action(() => {
    process.stdout.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
  });

program
  .command('explore')
  .description('draw networks, loads and faults from seeds and look for one that breaks a property')
  .option('--seeds <n>', 'how many seeds (default: 100, or as many as the budget allows)')
  .option('--from <seed>', 'the first seed (default: 0, or where the state file stands)')
  .option('--budget <duration>', 'begin no seed after this time, as in 10m')
  .option('--jobs <n>', 'threads (default: one for each core)')
  .option('--nodes <range>', 'nodes of a network, as in 5 or 3..9 (default: 3..9)')
  .option('--faults <names>', 'draw from these only, as in partition,kill; or none (default: all)')
  .option('--lane <lane>', 'full: everything real; model: a stub machine and cheap seals, for great numbers', 'full')
  .option('--tier <n>', 'tier of the virtual machine in the full lane (default: 1)')
  .option('--state <file>', 'add up with earlier runs: go on behind the seeds that the file says are done')
  .option('--schedule <file>', 'instead of seeds: play this file, which an earlier failure was written to')
  .option('--out <dir>', 'where a failure is written to, made small', '.')
  .option('--no-shrink', 'do not make a failure small')
  .option('--keep-going', 'do not stop at the first seed that fails')
  .option('--json', 'one JSON object a line')
  .action((flags: ExploreFlags) => ending(() => explore(flags)));

program
  .command('replay <folder>')
  .description('live a recorded network again on fresh cores, and say whether every effect is the same')
  .option('--node <names>', 'only these nodes: n2 or n2,n4')
  .option('--until <when>', 'a height (40), a number of steps (step:1200), a time since the first step (90s) or a date')
  .option('--tier <n>', 'tier of the virtual machine: 0 the reference, 1 WebAssembly (default: 1)')
  .option('--json', 'one JSON object a line')
  .addHelpText(
    'after',
    '\nExit status: 0 the same, 101 a step differs, 2 the recording is damaged, 4 there is none.\nRecord with: lockstep up --record [dir]',
  )
  .action((folder: string, flags: ReplayFlags) => ending(() => replay(folder, flags)));

acting(program.command('explain [file]'))
  .description(
    "where nodes' machines part: block, transaction, account and slot, opcode; of the running network, of a recording's folder, or of a bundle",
  )
  .option('--nodes <names>', 'compare only these, as in n1,n4 (default: all that run)')
  .option(
    '--out <file>',
    'the bundle that is written, which repeats the explanation anywhere (default: divergence-…json here)',
  )
  .option('--no-bundle', 'write none')
  .option('--sources <files...>', 'compiled contracts with their source maps (docs/explain.md says in which form)')
  .addHelpText('after', '\nExit status: 101 where machines part, 0 where they do not.')
  .action((file: string | undefined, flags: ExplainFlags) => ending(() => explainNetwork(file, flags)));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  else {
    printError(error);
    process.exitCode = exitStatusOf(error);
  }
  // Whoever reads JSON finds the end of a failed command in it, too.
  if (process.argv.includes('--json') && process.exitCode !== EXIT.fine) {
    const summary = {
      kind: 'summary',
      passed: false,
      status: process.exitCode,
      error: messageOf(error).replace(/^error: /, ''),
    };
    process.stdout.write(`${toJson(summary)}\n`);
  }
}
