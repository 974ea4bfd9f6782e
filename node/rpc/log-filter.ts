// The filter of eth_getLogs: parsed, matched against logs, and asked of blooms before any receipt is read.

import { EMPTY_BYTES, type Hex, hexToBytes } from '../lib/bytes.ts';
import { bloomOf, type Log } from '../types/receipt.ts';
import type { Address, Hash } from '../types/transaction.ts';
import { type BlockSelector, LATEST, toNumberOrTag } from './blocks.ts';
import { CODE_INVALID_PARAMS, invalidArgument, RpcFault } from './errors.ts';
import { FILTER_ALTERNATIVES_MAX, FILTER_TOPICS_MAX } from './limits.ts';
import { type Argument, field, optional, toAddress, toHash, toList, toObject } from './params.ts';

/** Which logs are wanted. An empty list of alternatives lets everything through. */
export type LogFilter = {
  readonly addresses: readonly Address[];
  /** By position; a log with fewer topics than positions does not match. */
  readonly topics: readonly (readonly Hash[])[];
};

/** Which blocks are searched. */
export type LogRange =
  | { readonly kind: 'block'; readonly hash: Hash }
  | { readonly kind: 'range'; readonly from: BlockSelector; readonly to: BlockSelector };

/** Tells from a block's bloom whether the block may hold a match. False is certain. */
export type BloomTest = (bloom: Hex) => boolean;

export function toLogRange(arg: Argument): LogRange {
  const object = toObject(arg);
  const hash = optional(field(object, 'blockHash'), toHash);
  const from = optional(field(object, 'fromBlock'), toNumberOrTag);
  const to = optional(field(object, 'toBlock'), toNumberOrTag);
  if (hash === undefined) return { kind: 'range', from: from ?? LATEST, to: to ?? LATEST };
  if (from !== undefined || to !== undefined)
    throw invalidArgument(arg.index, 'cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other');
  return { kind: 'block', hash };
}

export function toLogFilter(arg: Argument): LogFilter {
  const object = toObject(arg);
  const addresses = optional(field(object, 'address'), (value) => toAlternatives(value, toAddress)) ?? [];
  const topics = optional(field(object, 'topics'), (value) => toList(value, toTopic)) ?? [];
  if (topics.length > FILTER_TOPICS_MAX) throw new RpcFault(CODE_INVALID_PARAMS, 'exceed max topics');
  return { addresses, topics };
}

export function matchesLog(filter: LogFilter, log: Log): boolean {
  if (filter.addresses.length > 0 && !filter.addresses.includes(log.address)) return false;
  return filter.topics.every((wanted, i) => {
    const topic = log.topics[i];
    return topic !== undefined && (wanted.length === 0 || wanted.includes(topic));
  });
}

/** Prepares the test once per request: each value's three bits are hashed here and not once per block. */
export function bloomTest(filter: LogFilter): BloomTest {
  const groups = [filter.addresses, ...filter.topics]
    .filter((alternatives) => alternatives.length > 0)
    .map((alternatives) => alternatives.map(probeOf));
  return (bloom) => {
    const bits = hexToBytes(bloom);
    return groups.every((probes) =>
      probes.some((probe) => probe.every(([at, mask]) => ((bits[at] ?? 0) & mask) === mask)),
    );
  };
}

/** The bytes of a bloom that a value sets, with their bits. */
type Probe = readonly (readonly [at: number, mask: number])[];

function probeOf(value: Hex): Probe {
  const bloom = hexToBytes(bloomOf([{ address: value, topics: [], data: EMPTY_BYTES }]));
  return [...bloom.entries()].filter(([, mask]) => mask !== 0);
}

/** A position of the topics: null or an empty list is a wildcard, and so is a null among its alternatives. */
function toTopic(arg: Argument): Hash[] {
  if (arg.value === undefined) return [];
  if (Array.isArray(arg.value) && arg.value.includes(null)) return [];
  return toAlternatives(arg, toHash);
}

function toAlternatives<T>(arg: Argument, decode: (arg: Argument) => T): T[] {
  const alternatives = Array.isArray(arg.value) ? toList(arg, decode) : [decode(arg)];
  if (alternatives.length > FILTER_ALTERNATIVES_MAX)
    throw new RpcFault(CODE_INVALID_PARAMS, 'exceed max addresses or topics per search position');
  return alternatives;
}
