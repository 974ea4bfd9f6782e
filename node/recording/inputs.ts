// Inputs as RLP: what a recording keeps of everything that happened to a node, and nothing else.

import { type Ask, type Input, TOPICS } from '../core/contract.ts';
import { unreachable } from '../lib/assert.ts';
import { bytesToUtf8, EMPTY_BYTES, hexToBytes, numberToBytes, utf8ToBytes } from '../lib/bytes.ts';
import { asBytes, asHex, asList, asNumber, asOwnBytes, DecodeError, type RlpItem } from '../lib/rlp.ts';

/** An input as a list, its kind first. */
export function encodeInput(input: Input): RlpItem {
  return [utf8ToBytes(input.kind), ...fieldsOf(input)];
}

function fieldsOf(input: Input): readonly RlpItem[] {
  switch (input.kind) {
    case 'wake': {
      const { kind: _, ...rest } = input;
      return all(rest);
    }
    case 'peer-up': {
      const { kind: _, peer, name, ...rest } = input;
      return all(rest, utf8ToBytes(peer), name === null ? EMPTY_BYTES : utf8ToBytes(name));
    }
    case 'peer-down': {
      const { kind: _, peer, ...rest } = input;
      return all(rest, utf8ToBytes(peer));
    }
    case 'congested': {
      const { kind: _, peer, congested, ...rest } = input;
      return all(rest, utf8ToBytes(peer), flag(congested));
    }
    case 'gossip': {
      const { kind: _, from, id, topic, bytes, ...rest } = input;
      return all(rest, utf8ToBytes(from), utf8ToBytes(id), utf8ToBytes(topic), bytes);
    }
    case 'request': {
      const { kind: _, from, id, bytes, ...rest } = input;
      return all(rest, utf8ToBytes(from), numberToBytes(id), bytes);
    }
    case 'response': {
      const { kind: _, id, bytes, ...rest } = input;
      return all(rest, numberToBytes(id), bytes === null ? [] : [bytes]);
    }
    case 'ask': {
      const { kind: _, id, ask, ...rest } = input;
      return all(rest, numberToBytes(id), utf8ToBytes(ask.kind), ...fieldsOfAsk(ask));
    }
    default:
      return unreachable(input);
  }
}

/** The fields, of which `rest` has none left: one that is added to the contract and forgotten here does not compile. */
function all(_rest: Record<string, never>, ...fields: readonly RlpItem[]): readonly RlpItem[] {
  return fields;
}

/** The input of a list; its bytes are its own. Throws DecodeError. */
export function decodeInput(item: RlpItem | undefined): Input {
  const [first, ...fields] = asList(item, 'input');
  const kind = asText(first, 'input kind');
  const text = (at: number): string => asText(fields[at], `${kind} ${at}`);
  const bytes = (at: number): Uint8Array => asOwnBytes(fields[at], `${kind} ${at}`);
  const number = (at: number): number => asNumber(fields[at], `${kind} ${at}`);
  switch (kind) {
    case 'wake':
      return { kind };
    case 'peer-up':
      return { kind, peer: text(0), name: text(1) === '' ? null : text(1) };
    case 'peer-down':
      return { kind, peer: text(0) };
    case 'congested':
      return { kind, peer: text(0), congested: number(1) === 1 };
    case 'gossip': {
      const topic = TOPICS.find((known) => known === text(2));
      if (topic === undefined) throw new DecodeError(`no topic ${text(2)}`);
      return { kind, from: text(0), id: text(1), topic, bytes: bytes(3) };
    }
    case 'request':
      return { kind, from: text(0), id: number(1), bytes: bytes(2) };
    case 'response': {
      const [body] = asList(fields[1], 'response');
      return { kind, id: number(0), bytes: body === undefined ? null : asOwnBytes(body, 'response') };
    }
    case 'ask':
      return { kind, id: number(0), ask: decodeAsk(fields.slice(1)) };
    default:
      throw new DecodeError(`no input '${kind}'`);
  }
}

function fieldsOfAsk(ask: Ask): readonly RlpItem[] {
  switch (ask.kind) {
    case 'submit-transaction': {
      const { kind: _, bytes, ...rest } = ask;
      return all(rest, bytes);
    }
    case 'propose': {
      const { kind: _, proposal, ...rest } = ask;
      const { candidate, authorize, ...others } = proposal;
      return all({ ...rest, ...others }, hexToBytes(candidate), flag(authorize));
    }
    case 'discard': {
      const { kind: _, candidate, ...rest } = ask;
      return all(rest, hexToBytes(candidate));
    }
    case 'set-sealing': {
      const { kind: _, enabled, upTo, ...rest } = ask;
      return all(rest, flag(enabled), upTo === undefined ? [] : [numberToBytes(upTo)]);
    }
    default:
      return unreachable(ask);
  }
}

function decodeAsk([first, value, more]: readonly RlpItem[]): Ask {
  const kind = asText(first, 'ask kind');
  switch (kind) {
    case 'submit-transaction':
      return { kind, bytes: asOwnBytes(value, kind) };
    case 'propose':
      return { kind, proposal: { candidate: asHex(value, kind, 20), authorize: asNumber(more, kind) === 1 } };
    case 'discard':
      return { kind, candidate: asHex(value, kind, 20) };
    case 'set-sealing': {
      const [upTo] = asList(more, kind);
      return { kind, enabled: asNumber(value, kind) === 1, ...(upTo !== undefined && { upTo: asNumber(upTo, kind) }) };
    }
    default:
      throw new DecodeError(`no ask '${kind}'`);
  }
}

/** A short line for people: what came, from whom, how much. */
export function inputText(input: Input): string {
  switch (input.kind) {
    case 'wake':
      return 'wake';
    case 'peer-up':
    case 'peer-down':
      return `${input.kind} ${shortPeer(input.peer)}`;
    case 'congested':
      return `${input.congested ? 'congested' : 'not congested'} ${shortPeer(input.peer)}`;
    case 'gossip':
      return `gossip on ${input.topic} from ${shortPeer(input.from)}, ${input.bytes.length} bytes`;
    case 'request':
      return `request from ${shortPeer(input.from)}, ${input.bytes.length} bytes`;
    case 'response':
      return `response ${input.id}, ${input.bytes === null ? 'failed' : `${input.bytes.length} bytes`}`;
    case 'ask':
      return `ask ${input.ask.kind}`;
    default:
      return unreachable(input);
  }
}

/** libp2p's identifiers differ at their ends. */
function shortPeer(peer: string): string {
  return peer.length <= 12 ? peer : `…${peer.slice(-8)}`;
}

function asText(item: RlpItem | undefined, what: string): string {
  return bytesToUtf8(asBytes(item, what));
}

function flag(value: boolean): Uint8Array {
  return numberToBytes(value ? 1 : 0);
}
