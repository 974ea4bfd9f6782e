// What the pure rooms may use beyond the language itself. Everything else (clocks, timers, process, console, node:*) does not exist there.

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  /** As much of the text as fits; `written` counts bytes. */
  encodeInto(text: string, bytes: Uint8Array): { readonly read: number; readonly written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { readonly fatal?: boolean });
  decode(bytes?: Uint8Array): string;
}
