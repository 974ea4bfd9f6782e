// Which block a request means: tags, numbers, and the object of EIP-1898. Throws the faults that go-ethereum answers.

import type { NodeView } from '../core/view.ts';
import { toSafeNumber } from '../lib/integer.ts';
import type { Block } from '../types/block.ts';
import { type Header, headerHash } from '../types/header.ts';
import type { Hash } from '../types/transaction.ts';
import { invalidArgument, serverFault } from './errors.ts';
import { isRecord } from './json.ts';
import { type Argument, field, optional, required, toBoolean, toHash, toObject, toText, toUint64 } from './params.ts';
import { previewHeader } from './pending.ts';

const TAGS = ['latest', 'earliest', 'pending', 'safe', 'finalized'] as const;
export type BlockTag = (typeof TAGS)[number];

export type BlockSelector =
  | { readonly kind: 'tag'; readonly tag: BlockTag }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'hash'; readonly hash: Hash; readonly requireCanonical: boolean };

export const LATEST: BlockSelector = { kind: 'tag', tag: 'latest' };

/** A tag or a number, as eth_getBlockByNumber takes it. */
export function toNumberOrTag(arg: Argument): BlockSelector {
  const text = toText(arg);
  const tag = TAGS.find((known) => known === text);
  if (tag !== undefined) return { kind: 'tag', tag };
  const number = toSafeNumber(toUint64(arg));
  if (number === null) throw invalidArgument(arg.index, 'block number larger than 2^53 - 1');
  return { kind: 'number', number };
}

/** A tag, a number, a hash, or EIP-1898's object. */
export function toBlockSelector(arg: Argument): BlockSelector {
  const value = required(arg);
  if (!isRecord(value))
    return typeof value === 'string' && value.length === 66 ? byHash(arg, false) : toNumberOrTag(arg);
  const object = toObject(arg);
  const hash = field(object, 'blockHash');
  const number = field(object, 'blockNumber');
  if (hash.value !== undefined && number.value !== undefined)
    throw invalidArgument(arg.index, 'cannot specify both BlockHash and BlockNumber, choose one or the other');
  if (hash.value !== undefined) return byHash(hash, optional(field(object, 'requireCanonical'), toBoolean) ?? false);
  if (number.value !== undefined) return toNumberOrTag(number);
  throw invalidArgument(arg.index, 'invalid arguments; neither block nor hash specified');
}

/** The selected block's hash, null where there is none. The pending block has none either: callers treat it before. */
export function selectHash(view: NodeView, selector: BlockSelector): Hash | null {
  switch (selector.kind) {
    case 'number':
      return view.canonicalHash(selector.number);
    case 'hash':
      return view.headerByHash(selector.hash) === null ? null : selector.hash;
    case 'tag':
      return tagHash(view, selector.tag);
  }
}

/** The selected block, null where there is none. */
export function selectBlock(view: NodeView, selector: BlockSelector): Block | null {
  const hash = selectHash(view, selector);
  return hash === null ? null : view.blockByHash(hash);
}

/** The header whose state and context a call reads. The pending one is a preview on the head, with the head's state. */
export function selectHeader(view: NodeView, selector: BlockSelector): Header {
  if (isPending(selector)) return previewHeader(view);
  const hash = selectHash(view, selector);
  const header = hash === null ? null : view.headerByHash(hash);
  if (hash === null || header === null)
    throw serverFault(selector.kind === 'hash' ? 'header for hash not found' : 'header not found');
  if (selector.kind === 'hash' && selector.requireCanonical && view.canonicalHash(header.number) !== hash)
    throw serverFault('hash is not currently canonical');
  return header;
}

export function isPending(selector: BlockSelector): boolean {
  return selector.kind === 'tag' && selector.tag === 'pending';
}

/** The number of the selected block; that of the pending one is the next. */
export function selectNumber(view: NodeView, selector: BlockSelector): number {
  return selector.kind === 'number' ? selector.number : selectHeader(view, selector).number;
}

/** Clique has no final blocks, and its safe block may not exist yet: both are faults in go-ethereum's words, not null. */
function tagHash(view: NodeView, tag: BlockTag): Hash | null {
  switch (tag) {
    case 'latest':
    case 'pending':
      return view.head.hash;
    case 'earliest':
      return view.genesisHash;
    case 'safe':
      if (view.safe === null) throw serverFault('safe block not found');
      return headerHash(view.safe);
    case 'finalized':
      throw serverFault('finalized block not found');
  }
}

function byHash(arg: Argument, requireCanonical: boolean): BlockSelector {
  return { kind: 'hash', hash: toHash(arg), requireCanonical };
}
