// An indexer as many dApps have one: it follows the chain block by block and keeps who received how much. What it must not do is believe
// that a block stays: each block names its parent, and where that is not the last one indexed, the last one was undone.

import type { Address, Hash, PublicClient } from 'viem';

type Indexed = {
  readonly number: bigint;
  readonly hash: Hash;
  readonly payments: readonly { readonly to: Address; readonly wei: bigint }[];
};

export class Indexer {
  readonly #client: PublicClient;
  readonly #blocks: Indexed[] = [];
  /** How many indexed blocks were taken back. */
  undone = 0;

  constructor(client: PublicClient) {
    this.#client = client;
  }

  /** Follows the chain up to its present head. */
  async sync(): Promise<void> {
    const head = await this.#client.getBlockNumber({ cacheTime: 0 });
    // A branch may be heavier and shorter: what stands above the head is gone.
    while ((this.#blocks.at(-1)?.number ?? 0n) > head) this.#undo();
    while ((this.#blocks.at(-1)?.number ?? 0n) < head) {
      const last = this.#blocks.at(-1);
      const block = await this.#client.getBlock({ blockNumber: (last?.number ?? 0n) + 1n, includeTransactions: true });
      if (last !== undefined && block.parentHash !== last.hash) {
        this.#undo();
        continue;
      }
      const payments = block.transactions.flatMap(({ to, value }) => (to === null ? [] : [{ to, wei: value }]));
      this.#blocks.push({ number: block.number, hash: block.hash, payments });
    }
    // The same height, and another block.
    const top = this.#blocks.at(-1);
    if (top === undefined) return;
    const { hash } = await this.#client.getBlock({ blockNumber: top.number });
    if (hash === top.hash) return;
    this.#undo();
    await this.sync();
  }

  /** What an address has received, in wei. */
  received(address: Address): bigint {
    return this.#blocks
      .flatMap(({ payments }) => payments)
      .filter(({ to }) => to.toLowerCase() === address.toLowerCase())
      .reduce((sum, { wei }) => sum + wei, 0n);
  }

  #undo(): void {
    this.#blocks.pop();
    this.undone += 1;
  }
}
