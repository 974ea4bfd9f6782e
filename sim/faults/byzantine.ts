// Nodes that break the protocol on purpose: the real core, with something done to its effects. What correct nodes make of it is then the
// protocol's own doing.

import { sealHeader } from '../../node/consensus/clique/seal.ts';
import { type Effect, type NodeCore, TOPICS } from '../../node/core/contract.ts';
import type { NodeOptions } from '../../node/core/options.ts';
import { decodeBlockMessage, encodeBlockMessage } from '../../node/core/wire/blocks.ts';
import { createRandom, type Random } from '../../node/lib/random.ts';
import { orderedTrieRoot } from '../../node/trie/ordered.ts';
import type { Block } from '../../node/types/block.ts';
import type { Header } from '../../node/types/header.ts';
import { isRejection } from '../../node/types/rejection.ts';
import { INVALID_BLOCKS, type InvalidBlock } from './invalid-blocks.ts';

type Byzantine = { readonly breaks: string; readonly wrap: (core: NodeCore, options: NodeOptions) => NodeCore };

/** Own blocks that a withholder collects before it shows them all. */
const WITHHELD = 2;
/** How often a spammer sends, milliseconds, and how much at once. */
const SPAM_EVERY_MS = 100;
const SPAM_BYTES_MAX = 2_000;

const FAULTS: ReadonlyMap<string, Byzantine> = new Map<string, Byzantine>([
  [
    'double-sealer',
    {
      breaks: 'it seals two blocks on every parent, and sends both',
      wrap: (core, options) =>
        altering(core, (effect) => {
          const block = ownBlock(effect, options);
          return block === null ? [effect] : [effect, published(twinOf(block, options))];
        }),
    },
  ],
  ['withholder', { breaks: `it keeps ${WITHHELD} blocks of its own to itself before it sends them`, wrap: withhold }],
  [
    'selective-sender',
    {
      breaks: 'it sends nothing by gossip, and speaks with every second peer only',
      wrap(core, options) {
        const favoured = new Set(options.nodes.map(({ name }) => name).filter((_, index) => index % 2 === 0));
        const from = new Map<number, string>();
        const altered = altering(core, (effect) => {
          if (effect.kind === 'publish') return [];
          if (effect.kind === 'request') return favoured.has(effect.to) ? [effect] : [];
          if (effect.kind !== 'respond') return [effect];
          return favoured.has(from.get(effect.id) ?? '') ? [effect] : [];
        });
        return {
          ...altered,
          step(nowMs, input) {
            if (input.kind === 'request') from.set(input.id, input.from);
            return altered.step(nowMs, input);
          },
        };
      },
    },
  ],
  ['spammer', { breaks: 'it sends bytes of all kinds to everybody, all the time', wrap: spam }],
  ...INVALID_BLOCKS.map((invalid): [string, Byzantine] => [
    `invalid-${invalid.name}`,
    {
      breaks: `every block that it sends is invalid: ${invalid.breaks}`,
      wrap: (core, options) => sendInvalid(core, options, invalid),
    },
  ]),
]);

/** The names of the byzantine nodes that there are, with what each does. */
export function byzantineFaults(): readonly { readonly name: string; readonly breaks: string }[] {
  return [...FAULTS].map(([name, { breaks }]) => ({ name, breaks }));
}

/** Wraps a core into a byzantine one; null where there is none of that name. */
export function byzantineCore(name: string, core: NodeCore, options: NodeOptions): NodeCore | null {
  return FAULTS.get(name)?.wrap(core, options) ?? null;
}

/** The core with each of its effects replaced. Events stay: what it says of itself is what the real core believes. */
function altering(core: NodeCore, change: (effect: Effect) => readonly Effect[]): NodeCore {
  return { ...core, step: (nowMs, input) => core.step(nowMs, input).flatMap(change) };
}

/** The block that an effect publishes, if this node has sealed it. */
function ownBlock(effect: Effect, { sealer }: NodeOptions): Block | null {
  if (sealer === null || effect.kind !== 'publish' || effect.topic !== 'blocks') return null;
  const block = decodeBlockMessage(effect.bytes);
  return isRejection(block) || block.header.miner !== sealer.address ? null : block;
}

function published(block: Block): Effect {
  return { kind: 'publish', topic: 'blocks', bytes: encodeBlockMessage(block) };
}

/** The same block with another word in its vanity, where nothing but votes has a meaning. */
function twinOf(block: Block, options: NodeOptions): Block {
  const extraData = Uint8Array.from(block.header.extraData);
  extraData[31] = (extraData[31] ?? 0) ^ 1;
  return sealed({ ...block, header: { ...block.header, extraData } }, options);
}

function sealed(block: Block, { sealer }: NodeOptions): Block {
  return sealer === null ? block : { ...block, header: sealHeader(block.header, sealer.sign) };
}

/** While it withholds it tells nobody where it stands. */
function withhold(core: NodeCore, options: NodeOptions): NodeCore {
  let kept: Effect[] = [];
  return altering(core, (effect) => {
    if (ownBlock(effect, options) !== null) {
      kept.push(effect);
      if (kept.length < WITHHELD) return [];
      const all = kept;
      kept = [];
      return all;
    }
    const isTelling = effect.kind === 'request' || effect.kind === 'respond';
    return isTelling && kept.length > 0 ? [] : [effect];
  });
}

function sendInvalid(core: NodeCore, options: NodeOptions, invalid: InvalidBlock): NodeCore {
  return altering(core, (effect) => {
    const block = ownBlock(effect, options);
    if (block === null) return [effect];
    const parent = core.view().headerByHash(block.header.parentHash);
    const changed = parent === null ? null : invalid.spoil(block, parent);
    if (changed === null) return [];
    return [published(invalid.isResealed ? sealed(changed, options) : changed)];
  });
}

function spam(core: NodeCore, options: NodeOptions): NodeCore {
  const random = createRandom(options.seed).fork('spam');
  let nextMs = 0;
  let nextId = 1_000_000_000; // far above those of the core's own requests
  return {
    ...core,
    wakeAtMs: () => Math.min(core.wakeAtMs(), nextMs),
    step(nowMs, input) {
      const effects = core.step(nowMs, input);
      if (nowMs < nextMs) return effects;
      nextMs = nowMs + SPAM_EVERY_MS;
      const garbage = TOPICS.map((topic): Effect => ({ kind: 'publish', topic, bytes: noise(random) }));
      const requests = core.view().peers.map(({ peer }): Effect => {
        nextId += 1;
        return { kind: 'request', to: peer, id: nextId, bytes: noise(random) };
      });
      return [...effects, ...garbage, published(orphanOf(core, random, options)), ...requests];
    },
  };
}

/** Half of it begins like a message of some type, so that it comes further than the first byte. */
function noise(random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: random.between(1, SPAM_BYTES_MAX) }, () => random.below(256));
  if (random.chance(1, 2)) bytes[0] = random.below(16);
  return bytes;
}

/** A block on a parent that nobody has, so that it would have to wait for ever. */
function orphanOf(core: NodeCore, random: Random, options: NodeOptions): Block {
  const { header } = core.view().head;
  const parentHash = `0x${Array.from({ length: 64 }, () => random.below(16).toString(16)).join('')}` as const;
  const transactionsRoot = orderedTrieRoot([]);
  const orphan: Header = { ...header, parentHash, number: header.number + 2, transactionsRoot };
  return sealed({ header: orphan, transactions: [], ommers: [], withdrawals: [] }, options);
}
