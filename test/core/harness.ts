// A few cores in one thread: virtual time, links that can be cut, disks that survive a crash. Only for the tests of the core; the real
// simulator has a room of its own.

import { createDefaultGenesis } from '../../node/chain/default-genesis.ts';
import { isGenesisProblem, parseGenesis } from '../../node/chain/genesis.ts';
import { authorityKeys, nodeKeyOf } from '../../node/config/keys.ts';
import type { Ask, Effect, Input, NodeCore } from '../../node/core/contract.ts';
import type { NodeEvent } from '../../node/core/events.ts';
import { createNode } from '../../node/core/node.ts';
import { createInterpreter } from '../../node/evm/interpreter.ts';
import type { Machine } from '../../node/evm/machine.ts';
import { installBackends } from '../../node/host/backends.ts';
import { bytesToHex, concatBytes, utf8ToBytes } from '../../node/lib/bytes.ts';
import { keccak256, keccakHex } from '../../node/lib/hashing.ts';
import { createRandom } from '../../node/lib/random.ts';
import { addressOfKey, signDigest } from '../../node/lib/signatures.ts';

export const START_MS = 1_750_000_000_000;
/** The funded accounts' keys. */
export const ACCOUNT_KEYS = Array.from({ length: 16 }, (_, i) => keccak256(utf8ToBytes(`account ${i}`)));
await installBackends(); // noble takes ten times as long, and the backends have tests of their own
const INTERPRETER = createInterpreter();

export type NetOptions = {
  readonly seed?: string;
  readonly signers?: number;
  readonly followers?: number;
  readonly signerLimit?: number;
  readonly gasLimit?: number;
  readonly machine?: (name: string) => Machine;
  /** Gives nodes wakes that they did not ask for. */
  readonly earlyWakes?: boolean;
};
export type Told = { readonly atMs: number; readonly node: string; readonly event: NodeEvent };
type Running = {
  core: NodeCore;
  wakeAtMs: number;
  seen: Set<string>;
  inbound: Map<number, { from: string; id: number }>;
  next: number;
};

export function createNet(options: NetOptions = {}) {
  const { seed = 'net', signers = 5, followers = 0, signerLimit, gasLimit = 36_000_000 } = options;
  const authorities = authorityKeys(seed, signers);
  const names = [...authorities.map(({ name }) => name), ...Array.from({ length: followers }, (_, i) => `f${i + 1}`)];
  const nodes = names.map((name) => ({
    name,
    nodeAddress: addressOfKey(nodeKeyOf(seed, name)),
    signer: authorities.find((authority) => authority.name === name)?.signer ?? null,
  }));
  const genesis = parseGenesis(
    createDefaultGenesis({
      signers: authorities.map(({ signer }) => signer),
      period: 1,
      accounts: ACCOUNT_KEYS.map(addressOfKey),
      gasLimit,
      ...(signerLimit !== undefined && { signerLimit }),
    }),
  );
  if (isGenesisProblem(genesis)) throw new Error(genesis.message);

  const random = createRandom(`${seed}/harness`);
  const disks = new Map(names.map((name) => [name, new Map<string, Uint8Array>()]));
  const running = new Map<string, Running>();
  const queue: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  const told: Told[] = [];
  const effects: { readonly node: string; readonly effect: Effect }[] = [];
  let groups: readonly (readonly string[])[] = [names];
  let nowMs = START_MS;
  let order = 0;
  let trace = new Uint8Array(32);
  let earlyWakes = 0;
  const paused = new Set<string>();

  const at = (atMs: number, run: () => void): void => {
    queue.push({ atMs, order: order++, run });
    queue.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  };
  const linked = (a: string, b: string): boolean =>
    a !== b && running.has(a) && running.has(b) && groups.some((group) => group.includes(a) && group.includes(b));
  const send = (from: string, to: string, run: (life: Running) => void): void => {
    if (linked(from, to))
      at(nowMs + random.between(5, 40), () => {
        const life = running.get(to);
        if (life !== undefined && linked(from, to)) run(life);
      });
  };

  function give(name: string, input: Input): void {
    const life = running.get(name);
    if (life === undefined || paused.has(name)) return;
    if (
      options.earlyWakes &&
      random.fork(`early/${order}/${name}`).chance(1, 2) &&
      nowMs < life.wakeAtMs &&
      input.kind !== 'wake'
    ) {
      const before = life.core.wakeAtMs();
      const nothing = life.core.step(nowMs, { kind: 'wake' });
      if (nothing.length > 0 || life.core.wakeAtMs() !== before) throw new Error('an early wake changed something');
      earlyWakes += 1;
    }
    const done = life.core.step(nowMs, input);
    for (const effect of done) perform(name, life, effect);
    const wakeAtMs = life.core.wakeAtMs();
    if (wakeAtMs === life.wakeAtMs && input.kind !== 'wake') return;
    life.wakeAtMs = wakeAtMs;
    at(Math.max(wakeAtMs, nowMs), () => {
      if (running.get(name) === life && life.wakeAtMs <= nowMs && life.wakeAtMs === wakeAtMs)
        give(name, { kind: 'wake' });
    });
  }

  function perform(name: string, life: Running, effect: Effect): void {
    effects.push({ node: name, effect });
    const text = JSON.stringify([nowMs, name, effect], (_, value) =>
      value instanceof Uint8Array ? bytesToHex(value) : value,
    );
    trace = Uint8Array.from(keccak256(concatBytes(trace, utf8ToBytes(text))));
    if (effect.kind === 'persist')
      for (const { key, value } of effect.writes)
        if (value === null) disks.get(name)!.delete(key);
        else disks.get(name)!.set(key, value);
    if (effect.kind === 'event') told.push({ atMs: nowMs, node: name, event: effect.event });
    if (effect.kind === 'publish') spread(name, life, { ...effect, id: keccakHex(effect.bytes) });
    if (effect.kind === 'request')
      send(name, effect.to, (peer) => {
        peer.next += 1;
        peer.inbound.set(peer.next, { from: name, id: effect.id });
        give(effect.to, { kind: 'request', from: name, id: peer.next, bytes: effect.bytes });
      });
    const asker = effect.kind === 'respond' ? life.inbound.get(effect.id) : undefined;
    if (effect.kind === 'respond' && asker !== undefined)
      send(name, asker.from, () => give(asker.from, { kind: 'response', id: asker.id, bytes: effect.bytes }));
  }

  function spread(name: string, life: Running, message: Extract<Effect, { kind: 'publish' }> & { id: string }): void {
    if (life.seen.has(message.id)) return;
    life.seen.add(message.id);
    for (const peer of names)
      send(name, peer, (other) => {
        if (other.seen.has(message.id)) return;
        const { id, topic, bytes } = message;
        const before = effects.length;
        give(peer, { kind: 'gossip', from: name, id, topic, bytes });
        const verdict = effects
          .slice(before)
          .find(({ effect }) => effect.kind === 'verdict' && effect.id === id)?.effect;
        if (verdict?.kind === 'verdict' && verdict.verdict === 'accept') spread(peer, other, message);
        else other.seen.add(id);
      });
  }

  function connect(before: (a: string, b: string) => boolean): void {
    for (const a of names)
      for (const b of names) {
        if (linked(a, b) && !before(a, b)) give(a, { kind: 'peer-up', peer: b, name: b });
        if (!linked(a, b) && before(a, b)) give(a, { kind: 'peer-down', peer: b });
      }
  }

  /** Changes links or lives, and tells the nodes what that did to their connections. */
  function change(act: () => void): void {
    const pairs = new Set(names.flatMap((a) => names.filter((b) => linked(a, b)).map((b) => `${a} ${b}`)));
    act();
    connect((a, b) => pairs.has(`${a} ${b}`));
  }

  function createCore(name: string): NodeCore {
    const { nodeAddress } = nodes.find((node) => node.name === name)!;
    const authority = authorities.find((candidate) => candidate.name === name);
    const disk = disks.get(name)!;
    return createNode(
      {
        name,
        genesis: genesis as Exclude<typeof genesis, { kind: string }>,
        seed: `${seed}/${name}`,
        nodeAddress,
        signNode: (digest) => signDigest(digest, nodeKeyOf(seed, name)),
        sealer:
          authority === undefined
            ? null
            : { address: authority.signer, sign: (digest) => signDigest(digest, authority.sealerKey) },
        nodes,
        machine: options.machine?.(name) ?? INTERPRETER,
        gasLimitTarget: gasLimit,
      },
      { get: (key) => disk.get(key) },
    );
  }

  return {
    names,
    authorities,
    told,
    effects,
    start: (...starting: readonly string[]) => {
      for (const name of starting)
        change(() => {
          running.set(name, { core: createCore(name), wakeAtMs: 0, seen: new Set(), inbound: new Map(), next: 0 });
          give(name, { kind: 'wake' });
        });
    },
    kill: (name: string) => change(() => void running.delete(name)),
    /** Stops a process; what is sent to it meanwhile is lost. */
    pause: (name: string) => void paused.add(name),
    resume: (name: string) => {
      paused.delete(name);
      give(name, { kind: 'wake' });
    },
    wipe: (name: string) => disks.get(name)!.clear(),
    split: (...sides: readonly (readonly string[])[]) =>
      change(() => {
        groups = sides;
      }),
    heal: () =>
      change(() => {
        groups = [names];
      }),
    run: (ms: number) => {
      const untilMs = nowMs + ms;
      while (queue.length > 0 && queue[0]!.atMs <= untilMs) {
        const next = queue.shift()!;
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = untilMs;
    },
    give,
    ask: (name: string, ask: Ask) => {
      const before = effects.length;
      give(name, { kind: 'ask', id: order, ask });
      const answer = effects
        .slice(before)
        .find(({ node, effect }) => node === name && effect.kind === 'answer')?.effect;
      if (answer?.kind !== 'answer') throw new Error('no answer');
      return answer.outcome;
    },
    view: (name: string) => running.get(name)!.core.view(),
    /** The events of a kind, in their order. */
    events: <K extends NodeEvent['kind']>(kind: K, node?: string) =>
      told.flatMap(({ atMs, node: teller, event }) =>
        event.kind === kind && (node === undefined || teller === node)
          ? [{ atMs, node: teller, event: event as Extract<NodeEvent, { kind: K }> }]
          : [],
      ),
    traceHash: () => bytesToHex(trace),
    earlyWakes: () => earlyWakes,
    nowMs: () => nowMs,
  };
}

export type Net = ReturnType<typeof createNet>;
