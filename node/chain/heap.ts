// A binary heap: the least item first, by a comparator that is a total order, so that what comes out does not depend on what went in when.

export type Heap<T> = {
  readonly push: (item: T) => void;
  /** Takes out the least item; undefined where there is none. */
  readonly pop: () => T | undefined;
};

/** Creates an empty heap. The comparator is negative where `a` comes first. */
export function createHeap<T>(compare: (a: T, b: T) => number): Heap<T> {
  const items: T[] = [];
  const at = (index: number): T => items[index] as T; // every index below is inside
  const swapIfBefore = (child: number, parent: number): boolean => {
    if (compare(at(child), at(parent)) >= 0) return false;
    [items[child], items[parent]] = [at(parent), at(child)];
    return true;
  };

  return {
    push(item) {
      let index = items.push(item) - 1;
      while (index > 0 && swapIfBefore(index, (index - 1) >> 1)) index = (index - 1) >> 1;
    },
    pop() {
      const least = items[0];
      const last = items.pop();
      if (items.length === 0 || last === undefined) return least;
      items[0] = last;
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= items.length) return least;
        if (child + 1 < items.length && compare(at(child + 1), at(child)) < 0) child++;
        if (!swapIfBefore(child, index)) return least;
        index = child;
      }
    },
  };
}
