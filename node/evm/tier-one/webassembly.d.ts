// Of WebAssembly only what is synchronous: a pure room waits for nothing, and no library of types is there to name it.

declare namespace WebAssembly {
  class Memory {
    constructor(limits: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(limits: { readonly element: 'anyfunc'; readonly initial: number; readonly maximum?: number });
    readonly length: number;
    set(index: number, value: unknown): void;
    grow(count: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
