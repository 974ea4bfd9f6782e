// What one step wants done, in order. Every refusal passes here, so that it is counted and told by its code.

import type { Rejection } from '../types/rejection.ts';
import type { Effect, NodeName, PeerId } from './contract.ts';
import type { NodeEvent } from './events.ts';

/** Whom a refused message came from. */
export type Sender = { readonly id: PeerId; readonly name: NodeName | null };

export type Outbox = {
  readonly emit: (effect: Effect) => void;
  readonly event: (event: NodeEvent) => void;
  /** Counts a refusal of a peer's message and tells of it. */
  readonly refuse: (what: 'gossip' | 'request' | 'response', sender: Sender, rejection: Rejection) => void;
  /** Counts a refusal that another event tells of. */
  readonly count: (rejection: Rejection) => void;
  /** Refusals by code since the start. */
  readonly rejections: ReadonlyMap<string, number>;
  /** The effects since the last call. */
  readonly take: () => readonly Effect[];
};

export function createOutbox(): Outbox {
  let effects: Effect[] = [];
  const rejections = new Map<string, number>();

  const emit = (effect: Effect): void => {
    effects.push(effect);
  };
  const event = (told: NodeEvent): void => emit({ kind: 'event', event: told });
  const count = ({ code }: Rejection): void => {
    rejections.set(code, (rejections.get(code) ?? 0) + 1);
  };

  return {
    emit,
    event,
    count,
    refuse(what, { id, name }, rejection) {
      count(rejection);
      const { code, message } = rejection;
      event({ kind: 'rejected', what, peer: id, name, code, message });
    },
    rejections,
    take() {
      const taken = effects;
      effects = [];
      return taken;
    },
  };
}
