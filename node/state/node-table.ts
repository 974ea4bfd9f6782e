// Trie nodes by hash, bounded: buckets of eight places, in which a node takes the place of another one when all are taken. Looking one up
// makes no text of its hash, which is most of what reading from a map costs.

/** Remembers nodes. A hash says what it is of, so that no entry is ever wrong, whatever became of the block that it was made for. */
export type NodeTable = {
  /** The node of the hash that stands at a position, if it is remembered. */
  readonly get: (bytes: Uint8Array, at: number) => Uint8Array | undefined;
  /** Remembers a node and returns what was remembered for its hash before. */
  readonly set: (bytes: Uint8Array, at: number, node: Uint8Array) => Uint8Array | undefined;
};

const HASH_BYTES = 32;
/** Five eighths full, one node in forty finds all places of its bucket taken; with single places it would be one in four. */
const BUCKET = 8;
const PLACES_MIN = 1_024;
const GROWTH = 8;

/** Creates a table of at most that many nodes, a power of two. It begins small and grows when it is five eighths full. */
export function createNodeTable(nodesMax: number): NodeTable {
  let places = Math.min(PLACES_MIN, nodesMax);
  let hashes = new Uint8Array(places * HASH_BYTES);
  /** Four bytes of each hash: whole ones are compared only where these are the same. */
  let tags = new Int32Array(places);
  let nodes = new Array<Uint8Array | undefined>(places).fill(undefined);
  let count = 0;

  const find = (bytes: Uint8Array, at: number): number => {
    const tag = tagOf(bytes, at);
    const first = bucketOf(bytes, at, places);
    for (let place = first; place < first + BUCKET; place++)
      if (tags[place] === tag && nodes[place] !== undefined && sameHash(hashes, place * HASH_BYTES, bytes, at))
        return place;
    return NOWHERE;
  };
  const put = (bytes: Uint8Array, at: number, node: Uint8Array): Uint8Array | undefined => {
    const known = find(bytes, at);
    if (known !== NOWHERE) {
      const before = nodes[known];
      nodes[known] = node;
      return before;
    }
    const tag = tagOf(bytes, at);
    const first = bucketOf(bytes, at, places);
    let place = first;
    while (place < first + BUCKET && nodes[place] !== undefined) place++;
    if (place < first + BUCKET) count++;
    else place = first + (tag & (BUCKET - 1)); // as good as any other
    nodes[place] = node;
    tags[place] = tag;
    for (let i = 0, to = place * HASH_BYTES; i < HASH_BYTES; i++) hashes[to + i] = bytes[at + i] ?? 0;
    return undefined;
  };
  const grow = (): void => {
    const [oldHashes, oldNodes] = [hashes, nodes];
    places = Math.min(GROWTH * places, nodesMax);
    hashes = new Uint8Array(places * HASH_BYTES);
    tags = new Int32Array(places);
    nodes = new Array<Uint8Array | undefined>(places).fill(undefined);
    count = 0;
    for (let place = 0; place < oldNodes.length; place++) {
      const node = oldNodes[place];
      if (node !== undefined) put(oldHashes, place * HASH_BYTES, node);
    }
  };

  return {
    get(bytes, at) {
      const place = find(bytes, at);
      return place === NOWHERE ? undefined : nodes[place];
    },
    set(bytes, at, node) {
      if (8 * count >= 5 * places && places < nodesMax) grow();
      return put(bytes, at, node);
    },
  };
}

const NOWHERE = -1;

/** The first place of a hash's bucket. */
function bucketOf(bytes: Uint8Array, at: number, places: number): number {
  const head = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  return (head * BUCKET) & (places - 1);
}

function tagOf(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at + 3] ?? 0) << 24) | ((bytes[at + 4] ?? 0) << 16) | ((bytes[at + 5] ?? 0) << 8) | (bytes[at + 6] ?? 0)
  );
}

function sameHash(a: Uint8Array, fromA: number, b: Uint8Array, fromB: number): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (a[fromA + i] !== b[fromB + i]) return false;
  return true;
}
