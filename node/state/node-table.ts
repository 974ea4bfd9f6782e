// Trie nodes by hash, bounded: a table without chains, in which a node takes the place of the one before it. Looking one up makes no text of
// its hash, which is most of what reading from a map costs.

/** Remembers nodes. A hash says what it is of, so that no entry is ever wrong, whatever became of the block that it was made for. */
export type NodeTable = {
  /** The node of the hash that stands at a position, if it is remembered. */
  readonly get: (bytes: Uint8Array, at: number) => Uint8Array | undefined;
  readonly set: (bytes: Uint8Array, at: number, node: Uint8Array) => void;
};

const HASH_BYTES = 32;
const PLACES_MIN = 1_024;

/** Creates a table of at most that many nodes, a power of two. It begins small and doubles when it is half full. */
export function createNodeTable(nodesMax: number): NodeTable {
  let places = Math.min(PLACES_MIN, nodesMax);
  let hashes = new Uint8Array(places * HASH_BYTES);
  let nodes = new Array<Uint8Array | undefined>(places).fill(undefined);
  let count = 0;

  const put = (bytes: Uint8Array, at: number, node: Uint8Array): void => {
    const place = placeOf(bytes, at, places);
    if (nodes[place] === undefined) count++;
    nodes[place] = node;
    for (let i = 0, to = place * HASH_BYTES; i < HASH_BYTES; i++) hashes[to + i] = bytes[at + i] ?? 0;
  };
  const grow = (): void => {
    const [oldHashes, oldNodes] = [hashes, nodes];
    places *= 2;
    hashes = new Uint8Array(places * HASH_BYTES);
    nodes = new Array<Uint8Array | undefined>(places).fill(undefined);
    count = 0;
    for (const [place, node] of oldNodes.entries()) if (node !== undefined) put(oldHashes, place * HASH_BYTES, node);
  };

  return {
    get(bytes, at) {
      const place = placeOf(bytes, at, places);
      const node = nodes[place];
      if (node === undefined) return undefined;
      for (let i = 0, from = place * HASH_BYTES; i < HASH_BYTES; i++)
        if (hashes[from + i] !== bytes[at + i]) return undefined;
      return node;
    },
    set(bytes, at, node) {
      if (2 * count >= places && places < nodesMax) grow();
      put(bytes, at, node);
    },
  };
}

function placeOf(bytes: Uint8Array, at: number, places: number): number {
  return (((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)) & (places - 1);
}
