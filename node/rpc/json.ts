// JSON as values, and what counts as an object in it.

/** A value that survives JSON. A field that is undefined is absent from the text. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json | undefined };

export type JsonObject = { readonly [field: string]: Json | undefined };

/** Whether the value is a JSON object: not null, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
