// What the pure rooms may use beyond the language itself. Everything else (clocks, timers, process, console, node:*) does not exist there.

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { readonly fatal?: boolean });
  decode(bytes?: Uint8Array): string;
}
