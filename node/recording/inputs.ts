// Inputs as RLP: what a recording keeps of everything that happened to a node, and nothing else.

import { type Ask, type Input, TOPICS } from '../core/contract.ts';
import { unreachable } from '../lib/assert.ts';
import { bytesToUtf8, EMPTY_BYTES, hexToBytes, numberToBytes, utf8ToBytes } from '../lib/bytes.ts';
import { asBytes, asHex, asList, asNumber, asOwnBytes, DecodeError, type RlpItem } from '../lib/rlp.ts';

/** An input as a list, its kind first. */
export function encodeInput(input: Input): RlpItem {
  const kind = utf8ToBytes(input.kind);
  switch (input.kind) {
    case 'wake':
      return [kind];
    case 'peer-up':
      return [kind, utf8ToBytes(input.peer), input.name === null ? EMPTY_BYTES : utf8ToBytes(input.name)];
    case 'peer-down':
      return [kind, utf8ToBytes(input.peer)];
    case 'congested':
      return [kind, utf8ToBytes(input.peer), flag(input.congested)];
    case 'gossip':
      return [kind, utf8ToBytes(input.from), utf8ToBytes(input.id), utf8ToBytes(input.topic), input.bytes];
    case 'request':
      return [kind, utf8ToBytes(input.from), numberToBytes(input.id), input.bytes];
    case 'response':
      return [kind, numberToBytes(input.id), input.bytes === null ? [] : [input.bytes]];
    case 'ask':
      return [kind, numberToBytes(input.id), ...encodeAsk(input.ask)];
    default:
      return unreachable(input);
  }
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

function encodeAsk(ask: Ask): readonly RlpItem[] {
  const kind = utf8ToBytes(ask.kind);
  switch (ask.kind) {
    case 'submit-transaction':
      return [kind, ask.bytes];
    case 'propose':
      return [kind, hexToBytes(ask.proposal.candidate), flag(ask.proposal.authorize)];
    case 'discard':
      return [kind, hexToBytes(ask.candidate)];
    case 'set-sealing':
      return [kind, flag(ask.enabled)];
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
    case 'set-sealing':
      return { kind, enabled: asNumber(value, kind) === 1 };
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
