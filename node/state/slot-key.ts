// Storage slots as map keys. V8 hashes a bigint by its low 64 bits, without a seed: a contract that stores to slots i << 64 would
// make every look-up in a Map<bigint, …> linear. Strings are hashed whole and seeded, so that a slot's text is the safe key.

export type SlotKey = string;

/** A function that turns slots into keys. It remembers the last one: the machine asks several questions about one slot. */
export function createSlotKeys(): (slot: bigint) => SlotKey {
  let lastSlot = 0n;
  let lastKey = '0';
  return (slot) => {
    if (slot !== lastSlot) {
      lastKey = slot.toString(16);
      lastSlot = slot;
    }
    return lastKey;
  };
}

/** The slot that a key stands for. */
export function slotOfKey(key: SlotKey): bigint {
  return BigInt(`0x${key}`);
}
