// Runs to tamper with: everything that was observed in a real virtual run, and a judge that plays it to one property.

import { authorityKeys } from '../../../node/config/keys.ts';
import { installBackends } from '../../../node/host/backends.ts';
import { bigintToBytes, bytesToHex, concatBytes, type Hex, hexToBytes, padLeft } from '../../../node/lib/bytes.ts';
import { keccak256 } from '../../../node/lib/hashing.ts';
import { asBytes, asList, decodeRlp, encodeRlp, type RlpItem } from '../../../node/lib/rlp.ts';
import { signDigest } from '../../../node/lib/signatures.ts';
import type { ExecutedEvent } from '../../../sim/check/follow.ts';
import type { NetworkFacts, Observation, Property } from '../../../sim/check/property.ts';
import type { NetworkPlan } from '../../../sim/cluster/cluster.ts';
import { DEFAULT_PLAN } from '../../../sim/cluster/description.ts';
import { play } from '../../../sim/cluster/runner.ts';
import type { Scenario, Stage } from '../../../sim/cluster/scenario.ts';
import { createVirtualCluster } from '../../../sim/cluster/virtual.ts';

await installBackends();

export type Recording = { readonly facts: NetworkFacts; readonly observations: readonly Observation[] };

/** Plays a story and keeps what was observed, to the calm and the end. Throws where the story fails. The runner goes by the facts it is told. */
export async function record(
  plan: Partial<NetworkPlan>,
  load: Scenario['load'],
  story: (stage: Stage) => Promise<void>,
  factsOf: (facts: NetworkFacts) => NetworkFacts = (facts) => facts,
): Promise<Recording> {
  const real = createVirtualCluster({ ...DEFAULT_PLAN, ...plan });
  const cluster = { ...real, facts: factsOf(real.facts) };
  const observations: Observation[] = [];
  cluster.observe((observation) => observations.push(observation));
  const result = await play({ name: 'record', title: '', network: {}, load, play: story }, cluster, [], () => {});
  if (!result.passed) throw new Error(result.failure ?? 'the story failed');
  return { facts: cluster.facts, observations };
}

/** The evidence of every violation that the property finds, in the order in which it finds them. */
export function judge(property: Property, { facts, observations }: Recording): readonly string[] {
  const watcher = property.watch(facts);
  const found = observations.flatMap((observation) => watcher.observe(observation));
  return [...found, ...watcher.finish().violations].map(({ evidence }) => evidence);
}

/** The recording with some of its observations changed, or left out where the change gives null. */
export function tamper(recording: Recording, change: (o: Observation, at: number) => Observation | null): Recording {
  return { ...recording, observations: recording.observations.flatMap((o, at) => change(o, at) ?? []) };
}

export function isExecuted(
  o: Observation,
): o is Observation & { readonly kind: 'event'; readonly event: ExecutedEvent } {
  return o.kind === 'event' && o.event.kind === 'executed';
}

/** Field numbers of a header, in the order of its RLP. */
export const FIELD = {
  ommersHash: 1,
  miner: 2,
  stateRoot: 3,
  difficulty: 7,
  number: 8,
  gasLimit: 9,
  gasUsed: 10,
  timestamp: 11,
  extraData: 12,
  mixHash: 13,
  nonce: 14,
  baseFee: 15,
  withdrawalsRoot: 16,
  blobGasUsed: 17,
  excessBlobGas: 18,
  parentBeaconBlockRoot: 19,
  requestsHash: 20,
} as const;

export type HeaderChange = Readonly<Partial<Record<keyof typeof FIELD, Uint8Array>>>;

const SEAL_BYTES = 65;

/** The block with other header fields, sealed anew with a key, so that nothing is wrong with it but the fields. */
export function reseal(rlp: Hex, change: HeaderChange, key: Uint8Array): { readonly rlp: Hex; readonly hash: Hex } {
  const block = asList(decodeRlp(hexToBytes(rlp)), 'block');
  const header: RlpItem[] = [...asList(block[0], 'header')];
  for (const [name, value] of Object.entries(change)) header[FIELD[name as keyof typeof FIELD]] = value;
  const extraData = asBytes(header[FIELD.extraData], 'extraData');
  const vanity = extraData.subarray(0, extraData.length - SEAL_BYTES);
  header[FIELD.extraData] = vanity;
  const { r, s, yParity } = signDigest(keccak256(encodeRlp(header)), key);
  const seal = [padLeft(bigintToBytes(r), 32), padLeft(bigintToBytes(s), 32), Uint8Array.of(yParity)];
  header[FIELD.extraData] = concatBytes(vanity, ...seal);
  return { rlp: bytesToHex(encodeRlp([header, ...block.slice(1)])), hash: bytesToHex(keccak256(encodeRlp(header))) };
}

export function headerField(rlp: Hex, name: keyof typeof FIELD): Uint8Array {
  return asBytes(asList(asList(decodeRlp(hexToBytes(rlp)), 'block')[0], 'header')[FIELD[name]], name);
}

/** The sealing keys of a recording's authorities, by address. */
export function keysOf(seed: string, count: number): ReadonlyMap<Hex, Uint8Array> {
  return new Map(authorityKeys(seed, count).map(({ signer, sealerKey }) => [signer, sealerKey]));
}
