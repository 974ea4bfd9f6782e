// One curve of the library mcl in an instance of WebAssembly of its own: a family of curves shares global state there. The module's bytes are
// taken out of the package's loader, so that an instance can be made where it is first needed, at once, and costs a start nothing.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { assert, present } from '../../lib/assert.ts';

/** A curve's number in mcl. */
export const CURVE = { bn254: 4, bls12381: 5, p256: 107 } as const;

/** Sizes in an instance's memory, in bytes, whatever the curve. */
export const SIZE: { readonly [type in 'fp' | 'fr' | 'g1' | 'g2' | 'gt']: number } = {
  fp: 48,
  fr: 32,
  g1: 144,
  g2: 288,
  gt: 576,
};

/** Addresses and sizes are numbers, as are truth values. */
type Exports = Readonly<Record<(typeof FUNCTIONS)[number], (...args: readonly number[]) => number>>;

/** An instance set up for one curve. */
export type Mcl = {
  readonly wasm: Exports;
  /** A place that stays: memory is taken once, at set-up. */
  readonly allocate: (size: number) => number;
  /** The memory as it is now; a call may replace it. */
  readonly bytes: () => Uint8Array;
};

/** Makes an instance for a curve; a few milliseconds. Throws where the engine or the package does not give it. */
export function createMcl(curve: number): Mcl {
  compiled ??= new WebAssembly.Module(moduleBytes());
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 256 }); // 2 MiB as the package's loader has it; 16 MiB
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory, cryptoGetRandomValues: refuseRandomness } });
  for (const name of FUNCTIONS) {
    assert(typeof exports[name] === 'function', `a function ${name} in mcl-wasm`);
  }
  const wasm = exports as unknown as Exports; // just checked
  wasm.__wasm_call_ctors();
  assert(wasm.mclBn_init(curve, COMPILED_TIME_VAR) === 0, `a curve ${curve} in mcl-wasm`);
  let view = new Uint8Array(memory.buffer);
  return {
    wasm,
    allocate(size) {
      const at = wasm.malloc(size);
      assert(at !== 0, `room for ${size} bytes in mcl-wasm`);
      return at;
    },
    bytes() {
      if (view.length === 0) view = new Uint8Array(memory.buffer); // detached, as the memory has grown
      return view;
    },
  };
}

let compiled: WebAssembly.Module | undefined;

/** The sizes above, as the C interface asks for them to be confirmed: words of a scalar × 10 + words of a field element. */
const COMPILED_TIME_VAR = 46;

const FUNCTIONS = [
  ...(['__wasm_call_ctors', 'malloc', 'mclBn_init', 'mclBn_setMapToMode', 'mclBn_setETHserialization'] as const),
  ...(['mclBn_verifyOrderG1', 'mclBn_verifyOrderG2'] as const),
  ...(['mclBnFp_setInt32', 'mclBnFp_setBigEndianMod', 'mclBnFp_getLittleEndian', 'mclBnFp_mapToG1'] as const),
  ...(['mclBnFp_add', 'mclBnFp_sub', 'mclBnFp_neg', 'mclBnFp_mul', 'mclBnFp_inv'] as const),
  ...(['mclBnFp2_add', 'mclBnFp2_sub', 'mclBnFp2_neg', 'mclBnFp2_mul', 'mclBnFp2_sqr', 'mclBnFp2_inv'] as const),
  ...(['mclBnFp2_isZero', 'mclBnG1_dbl', 'mclBnG1_neg', 'mclBnG1_isEqual'] as const),
  ...(['mclBnFp2_mapToG2', 'mclBnFr_setBigEndianMod'] as const),
  ...(['mclBnFr_inv', 'mclBnFr_mul', 'mclBnFr_neg', 'mclBnFr_isEqual', 'mclBnFr_isZero'] as const),
  ...(['mclBnG1_clear', 'mclBnG1_add', 'mclBnG1_mul', 'mclBnG1_mulVec', 'mclBnG1_normalize'] as const),
  ...(['mclBnG1_isZero', 'mclBnG1_isValid', 'mclBnG1_deserialize'] as const),
  ...(['mclBnG1_getBasePoint'] as const),
  ...(['mclBnG2_clear', 'mclBnG2_add', 'mclBnG2_mulVec', 'mclBnG2_normalize'] as const),
  ...(['mclBnG2_isZero', 'mclBnG2_isValid', 'mclBnG2_isValidOrder', 'mclBnG2_deserialize'] as const),
  ...([
    'mclBnGT_mul',
    'mclBnGT_sqr',
    'mclBnGT_inv',
    'mclBnGT_invGeneric',
    'mclBnGT_isOne',
    'mclBnGT_setInt32',
  ] as const),
  ...(['mclBn_millerLoopVec', 'mclBn_finalExp'] as const),
] as const;

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const file = createRequire(import.meta.url).resolve('mcl-wasm/dist/mcl_c.js');
  const [, base64] = /wasmBase64 = '([A-Za-z0-9+/=]+)'/.exec(readFileSync(file, 'latin1')) ?? [];
  return Buffer.from(present(base64, `a WebAssembly module in ${file}`), 'base64');
}

/** For functions that nothing here calls. */
function refuseRandomness(): never {
  throw new Error('mcl-wasm asked for random numbers');
}
