import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../node/core/contract.ts';
import { bytesToHex, concatBytes, utf8ToBytes } from '../../../node/lib/bytes.ts';
import { keccak256 } from '../../../node/lib/hashing.ts';
import { createRandom } from '../../../node/lib/random.ts';
import { createDisk, type VirtualDisk } from '../../../sim/kernel/disk.ts';
import { createTrace } from '../../../sim/kernel/trace.ts';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

describe('the virtual disk', () => {
  it('holds what a batch wrote, forgets what a batch deleted, and is empty after a wipe', () => {
    const disk = createDisk();
    disk.apply([
      { key: 'a', value: bytes(1) },
      { key: 'b', value: bytes(2) },
    ]);
    disk.apply([
      { key: 'a', value: null },
      { key: 'b', value: bytes(3) },
    ]);
    expect([disk.get('a'), disk.get('b'), disk.size()]).toEqual([undefined, bytes(3), 1]);
    disk.wipe();
    expect([disk.get('b'), disk.size()]).toEqual([undefined, 0]);
  });
});

describe('a virtual disk that fails', () => {
  const random = createRandom('disk');
  const put = (key: string, ...value: number[]) => ({ key, value: bytes(...value) });

  it('refuses one batch whole, or every one until it is well', () => {
    const disk = createDisk();
    disk.fail('write-error', random);
    expect([disk.apply([put('a', 1)]), disk.get('a'), disk.apply([put('a', 2)]), disk.get('a')]).toEqual([
      false,
      undefined,
      true,
      bytes(2),
    ]);
    disk.fail('full', random);
    expect([disk.apply([put('a', 3)]), disk.apply([put('a', 3)]), disk.get('a')]).toEqual([false, false, bytes(2)]);
    disk.fail('well', random);
    expect([disk.apply([put('a', 3)]), disk.get('a'), disk.isDamaged()]).toEqual([true, bytes(3), false]);
  });

  const lasting = () => {
    const disk = createDisk();
    disk.apply([put('a', 1), put('b', 1)]);
    disk.apply([put('a', 2), { key: 'b', value: null }, put('c', 2), put('d', 2)]);
    return disk;
  };
  const contents = (disk: VirtualDisk) => ['a', 'b', 'c', 'd'].map((key) => disk.get(key)?.[0]);

  it('loses its last batch whole at the crash and not before, and once', () => {
    const disk = lasting();
    disk.fail('lost-tail', random);
    expect([contents(disk), disk.isDamaged()]).toEqual([[2, undefined, 2, 2], false]);
    disk.crash();
    expect([contents(disk), disk.isDamaged()]).toEqual([[1, 1, undefined, undefined], true]);
    disk.crash();
    expect(contents(disk)).toEqual([1, 1, undefined, undefined]);
  });

  it('tears its last batch: a part of it is there', () => {
    const disk = lasting();
    disk.fail('torn-tail', random);
    disk.crash();
    expect([contents(disk), disk.isDamaged()]).toEqual([[1, undefined, undefined, 2], true]);
  });

  it('loses nothing where it was well again before the crash, and takes back what was not yet durable', () => {
    const disk = lasting();
    disk.fail('lost-tail', random);
    disk.fail('well', random);
    disk.crash();
    expect(contents(disk)).toEqual([2, undefined, 2, 2]);
    disk.lose();
    expect([contents(disk), disk.isDamaged()]).toEqual([[1, 1, undefined, undefined], false]);
    disk.lose();
    expect(contents(disk)).toEqual([1, 1, undefined, undefined]);
  });

  it('flips one bit of one value, and is whole again when it is wiped', () => {
    const disk = createDisk();
    disk.fail('bit-flip', random);
    expect(disk.isDamaged()).toBe(false); // there was nothing to flip
    const value = new Uint8Array(32);
    disk.apply([{ key: 'a', value }]);
    disk.fail('bit-flip', random);
    const ones = [...disk.get('a')!].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
    expect([ones, disk.isDamaged(), value.every((byte) => byte === 0)]).toEqual([1, true, true]);
    disk.wipe();
    expect(disk.isDamaged()).toBe(false);
  });
});

describe('the trace', () => {
  const EFFECTS: readonly Effect[] = [
    { kind: 'persist', writes: [{ key: 'k', value: bytes(1, 2) }] },
    { kind: 'publish', topic: 'blocks', bytes: bytes(9) },
    { kind: 'request', to: 'n2', id: 1, bytes: bytes(1) },
    { kind: 'respond', id: 1, bytes: bytes(1) },
    { kind: 'verdict', id: 'm', verdict: 'accept' },
  ];
  const hashOf = (...steps: readonly (readonly [number, string, Effect])[]): string => {
    const trace = createTrace();
    for (const [atMs, node, effect] of steps) trace.record(atMs, node, effect);
    expect(trace.length()).toBe(steps.length);
    return trace.hash();
  };
  const all: readonly (readonly [number, string, Effect])[] = EFFECTS.map((effect, i) => [i, 'n1', effect]);

  it('has one hash for one list of effects, and may be asked for it on the way', () => {
    const trace = createTrace();
    for (const [atMs, node, effect] of all) {
      trace.record(atMs, node, effect);
      trace.hash();
    }
    expect(trace.hash()).toBe(hashOf(...all));
  });

  it.each<[string, number, readonly [number, string, Effect]]>([
    ['a time', 0, [1, 'n1', EFFECTS[0]!]],
    ['a node', 0, [0, 'n2', EFFECTS[0]!]],
    ['a written value', 0, [0, 'n1', { kind: 'persist', writes: [{ key: 'k', value: bytes(1, 3) }] }]],
    ['a deletion for an empty value', 0, [0, 'n1', { kind: 'persist', writes: [{ key: 'k', value: null }] }]],
    ['a topic', 1, [1, 'n1', { kind: 'publish', topic: 'evidence', bytes: bytes(9) }]],
    ['published bytes', 1, [1, 'n1', { kind: 'publish', topic: 'blocks', bytes: bytes(8) }]],
    ['a receiver', 2, [2, 'n1', { kind: 'request', to: 'n3', id: 1, bytes: bytes(1) }]],
    ['a response', 3, [3, 'n1', { kind: 'respond', id: 1, bytes: bytes(2) }]],
    ['a verdict', 4, [4, 'n1', { kind: 'verdict', id: 'm', verdict: 'ignore' }]],
  ])('has another hash for another value of %s', (_, at, changed) => {
    expect(hashOf(...all.with(at, changed))).not.toBe(hashOf(...all));
  });

  it('has another hash for another order', () => {
    expect(hashOf(...[...all].reverse())).not.toBe(hashOf(...all));
  });

  it('tells apart effects whose bytes lie differently between their parts', () => {
    const publish = (...blobs: readonly Uint8Array[]) =>
      hashOf(...blobs.map((blob) => [0, 'n1', { kind: 'publish', topic: 'blocks', bytes: blob } as const] as const));
    expect(publish(bytes(1, 2), bytes(3))).not.toBe(publish(bytes(1), bytes(2, 3)));
  });

  it('folds more bytes than it holds back, with the same hash however often it is asked', () => {
    const large = Array.from(
      { length: 20 },
      (_, i) => [i, 'n1', { kind: 'publish', topic: 'blocks', bytes: new Uint8Array(10_000).fill(i) }] as const,
    );
    const trace = createTrace();
    const seen = new Set<string>();
    for (const step of large) {
      trace.record(...step);
      seen.add(trace.hash());
    }
    expect(seen.size).toBe(large.length);
    expect(trace.hash()).toBe(hashOf(...large));
  });

  it('is keccak over the digest and all parts, each text behind its length in bytes, whatever its letters', () => {
    const text = (words: string): Uint8Array => {
      const encoded = utf8ToBytes(words);
      return concatBytes(utf8ToBytes(`\n${encoded.length} `), encoded);
    };
    const told: Effect = { kind: 'event', event: { kind: 'host', message: 'Grüße ∎' } };
    const large: Effect = { kind: 'respond', id: 7, bytes: new Uint8Array(200_000).fill(5) };
    const first = keccak256(
      concatBytes(
        keccak256(utf8ToBytes('lockstep trace')),
        text(`1 n1 {"kind":"event","event":{"kind":"host","message":"Grüße ∎"}}`),
        text('2 n2 {"kind":"respond","id":7} 200000'),
        new Uint8Array(200_000).fill(5),
      ),
    );
    expect(hashOf([1, 'n1', told], [2, 'n2', large])).toBe(bytesToHex(first));
    const write: Effect = {
      kind: 'persist',
      writes: [
        { key: 'a', value: bytes(9) },
        { key: 'b', value: null },
      ],
    };
    const second = keccak256(concatBytes(first, text('3 n1 persist a 1 b gone'), bytes(9)));
    expect(hashOf([1, 'n1', told], [2, 'n2', large], [3, 'n1', write])).toBe(bytesToHex(second));
  });
});
