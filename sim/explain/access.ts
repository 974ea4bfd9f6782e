// How the explanation asks a node: by the operator's JSON-RPC methods, wherever the node is. A running one is asked through the control
// service, a core in this thread (simulated, or living a recording again) through its view, and a bundle answers what was asked before it.

import type { NodeView } from '../../node/core/view.ts';
import { answerFrom } from '../../node/rpc/answer.ts';
import { operatorMethods } from '../../node/rpc/method-table.ts';
import { RpcError } from '../cluster/cluster.ts';
import { NetworkError } from '../cluster/errors.ts';
import type { ControlClient } from '../cluster/remote.ts';

/** One node that can be asked. `ask` rejects with RpcError where the node refuses, with NetworkError where it does not answer. */
export type NodeAccess = {
  readonly name: string;
  readonly ask: (method: string, params: readonly unknown[]) => Promise<unknown>;
};

/** A question and what was answered. */
export type Asked = { readonly method: string; readonly params: readonly unknown[] } & (
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } }
);

/** A node of a running network. */
export function controlAccess(client: ControlClient, name: string): NodeAccess {
  return { name, ask: (method, params) => client.rpc(name, method, params) };
}

/** A core in this thread. The view is taken anew for each question. */
export function viewAccess(name: string, view: () => NodeView): NodeAccess {
  return {
    name,
    async ask(method, params) {
      const answered = answerFrom(operatorMethods, view(), { jsonrpc: '2.0', id: 1, method, params });
      if (answered.kind === 'ask') throw new RpcError(-32601, `${method} changes a node`, undefined);
      if ('error' in answered.response) throw rpcError(answered.response.error);
      return JSON.parse(JSON.stringify(answered.response.result)) as unknown;
    },
  };
}

/**
 * A core that has lived a recording again. A machine that wants to read its clock now finds none: what it read then was recorded, what it
 * would read now was not.
 */
export function relivedAccess(name: string, view: () => NodeView): NodeAccess {
  const { ask } = viewAccess(name, view);
  return {
    name,
    async ask(method, params) {
      try {
        return await ask(method, params);
      } catch (error) {
        if (error instanceof RpcError || !(error instanceof Error) || error.name !== 'Departure') throw error;
        throw new RpcError(-32000, 'its machine reads a clock, of which the recording has no more readings', undefined);
      }
    },
  };
}

/** The same node; `keep` hears each question with its answer, once however often it is asked. */
export function rememberingAccess({ name, ask }: NodeAccess, keep: (asked: Asked) => void): NodeAccess {
  const known = new Map<string, Promise<unknown>>();
  return {
    name,
    ask(method, params) {
      const key = questionOf(method, params);
      let answer = known.get(key);
      if (answer === undefined) {
        answer = ask(method, params).then(
          (result) => {
            keep({ method, params, result });
            return result;
          },
          (error: unknown) => {
            if (error instanceof RpcError)
              keep({ method, params, error: { code: error.code, message: error.message } });
            throw error;
          },
        );
        known.set(key, answer);
      }
      return answer;
    },
  };
}

/** A node that says what it said before, and nothing else. */
export function rememberedAccess(name: string, asked: readonly Asked[]): NodeAccess {
  const answers = new Map(asked.map((one) => [questionOf(one.method, one.params), one]));
  return {
    name,
    async ask(method, params) {
      const known = answers.get(questionOf(method, params));
      if (known === undefined) throw new NetworkError('usage', `what ${name} answered to ${method} is missing`);
      if ('error' in known) throw rpcError(known.error);
      return known.result;
    },
  };
}

function questionOf(method: string, params: readonly unknown[]): string {
  return `${method} ${JSON.stringify(params)}`;
}

function rpcError({ code, message }: { readonly code: number; readonly message: string }): RpcError {
  return new RpcError(code, message, undefined);
}
