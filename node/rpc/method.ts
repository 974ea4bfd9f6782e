// What a method is: a function of the view and of decoded parameters, which has a result or something to ask of the core first.

import type { Accepted, Ask } from '../core/contract.ts';
import type { NodeView } from '../core/view.ts';
import type { Json } from './json.ts';

/** A result that only the core can give: perform the ask, then `toResult` what it accepted. A refusal becomes a fault. */
export type PendingAnswer = {
  readonly ask: Ask;
  readonly toResult: (accepted: Accepted) => Json;
};

/** `parametersMax` bounds the argument list; which of them are required is the function's to say. Faults are thrown. */
export type Method =
  | {
      readonly kind: 'read';
      readonly parametersMax: number;
      readonly run: (view: NodeView, params: readonly unknown[]) => Json;
    }
  | {
      readonly kind: 'ask';
      readonly parametersMax: number;
      readonly run: (view: NodeView, params: readonly unknown[]) => PendingAnswer;
    };

/** Methods by name. A map, so that names like `constructor` find nothing. */
export type MethodTable = ReadonlyMap<string, Method>;
