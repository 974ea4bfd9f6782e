// Nodes in containers, reached through the supervisor of each. What a supervisor does on its own (its node crashes, its container is
// restarted) is found by asking every so often; questions and orders to one supervisor go one after another.

import type { NodeName } from '../kernel/links.ts';
import type { MachineOrder } from '../kernel/machine-order.ts';
import { messageOf, NetworkError, type NetworkErrorCode } from './errors.ts';
import type { Exit, Launcher } from './launcher.ts';

/** What a supervisor says of its node. */
export type SupervisorStatus = {
  /** Another one after every start of the supervisor. */
  readonly boot: string;
  /** Counts the node's starts under this supervisor. */
  readonly life: number;
  readonly state: 'down' | 'starting' | 'up';
  readonly isPaused: boolean;
  /** How the node ended, where it is down and nobody had ordered that. */
  readonly lastExit: Exit | null;
};

export type SupervisorLauncherOptions = {
  /** Where the supervisor of a node is reached: `http://n1:8570`. */
  readonly urlOf: (node: NodeName) => string;
  readonly token: string;
};

/** A crash is seen at most this late. */
const ASK_EVERY_MS = 500;
const ASK_MS_MAX = 2_000;
/** Longer than a supervisor gives its node to be ready. */
const ORDER_MS_MAX = 105_000;
/** Containers start one after another, and slowly on a busy machine. */
const APPEAR_MS_MAX = 90_000;

/** Creates a launcher. It watches a node from the first order to start it on. */
export function createSupervisorLauncher({ urlOf, token }: SupervisorLauncherOptions): Launcher {
  const known = new Map<NodeName, SupervisorStatus>();
  const tails = new Map<NodeName, Promise<unknown>>();
  const timers = new Map<NodeName, NodeJS.Timeout>();
  const exits: ((exit: Exit) => void)[] = [];
  const starts: ((node: NodeName) => void)[] = [];

  const call = async (
    node: NodeName,
    method: 'GET' | 'POST',
    path: string,
    ms: number,
    body?: MachineOrder,
  ): Promise<SupervisorStatus> => {
    const response = await fetch(`${urlOf(node)}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ms),
    });
    const answer = (await response.json()) as SupervisorStatus & {
      readonly error?: { readonly code: NetworkErrorCode; readonly message: string };
    }; // our own supervisor's words
    if (answer.error !== undefined) throw new NetworkError(answer.error.code, answer.error.message);
    return answer;
  };
  const inTurn = <T>(node: NodeName, work: () => Promise<T>): Promise<T> => {
    const run = (tails.get(node) ?? Promise.resolve()).then(work);
    tails.set(
      node,
      run.catch(() => undefined),
    );
    return run;
  };
  const order = (node: NodeName, what: string, body?: MachineOrder): Promise<void> =>
    inTurn(node, async () => {
      try {
        known.set(node, await call(node, 'POST', what, ORDER_MS_MAX, body));
      } catch (error) {
        throw error instanceof NetworkError ? error : unreachable(node, error);
      }
    });

  /** Takes in what a supervisor says unasked, and tells the listeners what has changed. Null: its container is gone. */
  const notice = (node: NodeName, now: SupervisorStatus | null): void => {
    const before = known.get(node);
    if (now === null) known.delete(node);
    else known.set(node, now);
    const isSameLife = before?.boot === now?.boot && before?.life === now?.life;
    if (before?.state === 'up' && !(now?.state === 'up' && isSameLife)) {
      const exit = now?.lastExit ?? { node, code: null, signal: null, lastWords: 'its container ended' };
      for (const listener of exits) listener({ ...exit, node });
    }
    if (now?.state === 'up' && !(before?.state === 'up' && isSameLife)) for (const listener of starts) listener(node);
  };
  const ask = async (node: NodeName): Promise<void> => {
    try {
      notice(node, await call(node, 'GET', 'status', ASK_MS_MAX));
    } catch (error) {
      // Silence is no end: a frozen container is silent too, and its node the same when it thaws.
      if (!(error instanceof DOMException && error.name === 'TimeoutError')) notice(node, null);
    }
  };
  const watch = (node: NodeName): void => {
    const later = (): void => {
      timers.set(
        node,
        setTimeout(() => void inTurn(node, () => ask(node)).then(later), ASK_EVERY_MS),
      );
    };
    if (!timers.has(node)) later();
  };

  return {
    async start(node) {
      try {
        await appear(() => call(node, 'GET', 'status', ASK_MS_MAX));
        await order(node, 'start');
      } catch (error) {
        throw error instanceof NetworkError ? error : unreachable(node, error);
      } finally {
        watch(node);
      }
    },
    stop: (node) => order(node, 'stop'),
    kill: (node) => order(node, 'kill'),
    pause: (node) => order(node, 'pause'),
    resume: (node) => order(node, 'resume'),
    treat: (node, machineOrder) => order(node, 'machine', machineOrder),
    wipe: (node) => order(node, 'wipe'),
    isRunning: (node) => (known.get(node)?.state ?? 'down') !== 'down',
    isPaused: (node) => known.get(node)?.isPaused === true,
    onExit: (listener) => exits.push(listener),
    onStart: (listener) => starts.push(listener),
    // The nodes go on: they belong to their containers, not to whoever gives orders.
    close: async () => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

/** Asks until somebody answers. Rejects with the last failure when nobody has for long. */
async function appear(question: () => Promise<unknown>): Promise<void> {
  const endMs = Date.now() + APPEAR_MS_MAX;
  for (;;) {
    try {
      await question();
      return;
    } catch (error) {
      if (error instanceof NetworkError || Date.now() >= endMs) throw error;
      await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
    }
  }
}

function unreachable(node: NodeName, error: unknown): NetworkError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new NetworkError('unreachable', `the container of ${node} does not answer (${messageOf(cause)})`);
}
