// The commands that act on a running network from another terminal: net, node, send.

import { type Hex, hexToBytes, isHex } from '../../node/lib/bytes.ts';
import type { ProcessOrder } from '../cluster/cluster.ts';
import { NetworkError } from '../cluster/errors.ts';
import { callRpc, type NetworkStatus } from '../cluster/remote.ts';
import { describeShape } from '../cluster/story.ts';
import { accountOf, ORDINARY_FEES, signDraft, TRANSFER_GAS } from '../cluster/wallet.ts';
import type { LinkShape, NetworkOrder, NodeName } from '../kernel/links.ts';
import { EXIT } from './exit.ts';
import { findNetwork } from './find-network.ts';
import { createOutput } from './output.ts';
import { readAmount, readDuration, readGroups, readPercent, readRate, readWhole } from './words.ts';

/** What every command that acts on a running network takes. */
export type ActFlags = { readonly data: string; readonly control?: string; readonly json?: boolean };

export type LinkFlags = ActFlags & {
  readonly delay?: string;
  readonly jitter?: string;
  readonly rate?: string;
  readonly loss?: string;
  readonly duplicate?: string;
  readonly reorder?: string;
  readonly state?: string;
  readonly oneWay?: boolean;
};

export function partition(words: readonly string[], flags: ActFlags): Promise<number> {
  const groups = readGroups(words);
  return order({ kind: 'partition', groups }, `cut: ${groups.map((g) => g.join(',')).join(' / ')}`, flags);
}

export function heal(flags: ActFlags): Promise<number> {
  return order({ kind: 'heal' }, 'healed: every link is open and plain', flags);
}

export function shapeLink(from: NodeName, to: NodeName, flags: LinkFlags): Promise<number> {
  const shape: { -readonly [K in keyof LinkShape]?: LinkShape[K] } = {};
  if (flags.delay !== undefined) shape.delayMs = readDuration(flags.delay, '--delay');
  if (flags.jitter !== undefined) shape.jitterMs = readDuration(flags.jitter, '--jitter');
  if (flags.rate !== undefined) shape.bitsPerSecond = readRate(flags.rate, '--rate');
  if (flags.loss !== undefined) shape.lossPercent = readPercent(flags.loss, '--loss');
  if (flags.duplicate !== undefined) shape.duplicatePercent = readPercent(flags.duplicate, '--duplicate');
  if (flags.reorder !== undefined) shape.reorderPercent = readPercent(flags.reorder, '--reorder');
  if (flags.state !== undefined) shape.state = readState(flags.state);
  if (Object.keys(shape).length === 0) {
    throw new NetworkError('usage', 'net link: say at least one of --delay, --jitter, --rate, --loss, --state');
  }
  const direction = flags.oneWay === true ? 'one-way' : 'both';
  const arrow = direction === 'both' ? '<>' : '>';
  return order({ kind: 'link', from, to, direction, shape }, `${from} ${arrow} ${to}: ${describeShape(shape)}`, flags);
}

/** Stalls one node, or the link between two. */
export function stall(from: NodeName, to: NodeName | undefined, flags: LinkFlags): Promise<number> {
  if (to !== undefined) return shapeLink(from, to, { ...flags, state: 'stalled' });
  return order({ kind: 'node', node: from, state: 'stalled' }, `everything of ${from} is stalled`, flags);
}

export async function treatNode(what: ProcessOrder | 'restart', node: NodeName, flags: ActFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  await client.process(node, what);
  output.result({ kind: 'summary', node, order: what, passed: true }, `${node}: ${what} done`);
  return EXIT.fine;
}

export type SendFlags = ActFlags & {
  /** Absent: a contract is created from `input`. */
  readonly to?: string;
  readonly value: string;
  readonly from: string;
  readonly via?: string;
  readonly nonce?: string;
  readonly input?: string;
  readonly gas?: string;
  readonly wait?: boolean;
};

const WAIT_MS_MAX = 60_000;
const ASK_EVERY_MS = 250;

/** Signs with a development account, sends through a node, and waits for the receipt. */
export async function send(flags: SendFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  if (flags.to !== undefined && !isHex(flags.to, 20))
    throw new NetworkError('usage', `--to '${flags.to}': expected an address, 0x and 40 hex digits`);
  if (flags.to === undefined && flags.input === undefined)
    throw new NetworkError('usage', "send: say --to, or --input with a contract's creation code");
  const wei = readAmount(flags.value, '--value');
  const from = readWhole(flags.from, '--from', 0, 9);
  const data = flags.input ?? '0x';
  if (!isHex(data)) throw new NetworkError('usage', `--input '${data}': expected hex bytes`);
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  const node = chooseNode(await client.status(), flags.via);

  const nonce =
    flags.nonce === undefined
      ? BigInt(String(await callRpc(node.rpc, 'eth_getTransactionCount', [accountOf(from).address, 'pending'])))
      : BigInt(readWhole(flags.nonce, '--nonce', 0, Number.MAX_SAFE_INTEGER));
  const chainId = BigInt(String(await callRpc(node.rpc, 'eth_chainId', [])));
  const gas =
    flags.gas === undefined
      ? data === '0x'
        ? TRANSFER_GAS
        : flags.to === undefined
          ? 2_000_000
          : 500_000
      : readWhole(flags.gas, '--gas', 21_000, 2 ** 24);
  const to = flags.to === undefined ? null : (flags.to.toLowerCase() as Hex); // isHex has seen it
  const { raw, hash } = signDraft({ chainId, from, to, wei, nonce, gas, data: hexToBytes(data), ...ORDINARY_FEES });
  await callRpc(node.rpc, 'eth_sendRawTransaction', [raw]);
  output.progress(`${node.name} accepted ${hash}`);
  if (flags.wait === false) {
    output.result({ kind: 'summary', hash, via: node.name, mined: false }, hash);
    return EXIT.fine;
  }
  const receipt = await receiptOf(node.rpc, hash);
  const block = Number(receipt['blockNumber']);
  output.result(
    {
      kind: 'summary',
      hash,
      via: node.name,
      mined: true,
      block,
      status: receipt['status'],
      gasUsed: Number(receipt['gasUsed']),
      contract: receipt['contractAddress'] ?? null,
    },
    `${hash} in block ${block}, ${receipt['status'] === '0x1' ? 'succeeded' : 'reverted'}, ${Number(receipt['gasUsed'])} gas${
      to === null ? `, contract ${String(receipt['contractAddress'])}` : ''
    }`,
  );
  return EXIT.fine;
}

async function receiptOf(rpc: string, hash: string): Promise<Readonly<Record<string, unknown>>> {
  const endMs = Date.now() + WAIT_MS_MAX;
  while (Date.now() < endMs) {
    const receipt = await callRpc(rpc, 'eth_getTransactionReceipt', [hash]);
    if (typeof receipt === 'object' && receipt !== null) return { ...receipt };
    await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
  }
  throw new NetworkError('deadline', `${hash} was not mined within ${WAIT_MS_MAX / 1_000} s`);
}

function chooseNode(status: NetworkStatus, via: string | undefined): NetworkStatus['nodes'][number] {
  const node =
    via === undefined ? status.nodes.find((n) => n.running && !n.paused) : status.nodes.find((n) => n.name === via);
  if (node !== undefined) return node;
  throw new NetworkError('nothing-matched', via === undefined ? 'no node runs' : `--via '${via}': no such node`);
}

async function order(networkOrder: NetworkOrder, words: string, flags: ActFlags): Promise<number> {
  const output = createOutput({ json: flags.json === true });
  const { client } = await findNetwork({ data: flags.data, control: flags.control });
  await client.order(networkOrder);
  output.result({ kind: 'summary', order: networkOrder, passed: true }, words);
  return EXIT.fine;
}

function readState(text: string): LinkShape['state'] {
  if (text === 'open' || text === 'stalled' || text === 'cut') return text;
  throw new NetworkError('usage', `--state '${text}': expected open, stalled or cut`);
}
