// The suites `precompiles` (EIP-2537, EIP-7951) and `kzg` (EIP-4844): inputs and outputs of single precompiled contracts.

import { precompileAt } from '../../node/evm/precompiles/index.ts';
import { verifyKzgProof } from '../../node/evm/precompiles/kzg.ts';
import { bytesToHex, hexToBytes, wordToAddress } from '../../node/lib/bytes.ts';
import { type Case, difference } from './case.ts';
import { readGzipLines, readPackedJson } from './vectors.ts';

/** The path of the first pack, to be looked for. */
export const PRECOMPILE_VECTORS = 'precompiles/eips-cc0.jsonl.gz';
/** The path of the second. */
export const KZG_VECTORS = 'kzg/verify_kzg_proof.jsonl.gz';

type Vector = {
  readonly Name: string;
  readonly Input: string;
  readonly Expected?: string;
  readonly Gas?: number;
  readonly ExpectedError?: string;
};

/** Files by the name that stands in their path, with the address that they are for. */
const ADDRESSES: readonly (readonly [file: RegExp, address: number])[] = [
  [/add_G1/, 0x0b],
  [/(msm|mul)_G1/, 0x0c],
  [/add_G2/, 0x0d],
  [/(msm|mul)_G2/, 0x0e],
  [/pairing/, 0x0f],
  [/fp_to_G1/, 0x10],
  [/fp2_to_G2/, 0x11],
  [/eip-7951/, 0x100],
];

/** Every vector of the EIPs' own assets. */
export function precompileCases(): Case[] {
  return readPackedJson(PRECOMPILE_VECTORS).flatMap(({ path, json }) => {
    const address = ADDRESSES.find(([file]) => file.test(path))?.[1];
    if (address === undefined) throw new Error(`no address is known for ${path}`);
    return (json as Vector[]).map((vector) => ({
      id: `${path}::${vector.Name}`,
      run: () => checkPrecompile(address, vector),
    }));
  });
}

function checkPrecompile(address: number, vector: Vector): string | null {
  const precompile = precompileAt('Osaka', wordToAddress(BigInt(address)));
  if (precompile === null) return `no precompile at ${address}`;
  const input = hexToBytes(`0x${vector.Input}`);
  const output = precompile.run(input);
  if (vector.ExpectedError !== undefined) return output === null ? null : `expected a failure: ${vector.ExpectedError}`;
  const gas = address === 0x100 ? 6900 : vector.Gas; // the file of EIP-7951 still has RIP-7212's price
  return (
    difference('gas', String(gas), String(precompile.gas(input))) ??
    difference('output', `0x${vector.Expected}`, output === null ? 'a failure' : bytesToHex(output))
  );
}

type KzgVector = {
  readonly name: string;
  readonly input: { readonly commitment: string; readonly z: string; readonly y: string; readonly proof: string };
  readonly output: boolean | null;
  readonly precompileInput?: string;
  readonly precompileOutput?: string | null;
};

/** Every verification as the function sees it, and as the precompile does where the input has its sizes. */
export function kzgCases(): Case[] {
  return (readGzipLines(KZG_VECTORS) as KzgVector[]).map((vector) => ({
    id: vector.name,
    run: () => checkKzg(vector),
  }));
}

function checkKzg({ input, output, precompileInput, precompileOutput }: KzgVector): string | null {
  const result = verifyKzgProof({
    commitment: hexToBytes(input.commitment),
    z: hexToBytes(input.z),
    y: hexToBytes(input.y),
    proof: hexToBytes(input.proof),
  });
  const wrong = difference('verification', String(output), String(result));
  if (wrong !== null || precompileInput === undefined || precompileOutput === undefined) return wrong;
  const answer = precompileAt('Cancun', wordToAddress(0x0an))?.run(hexToBytes(precompileInput)) ?? null;
  return difference('output', String(precompileOutput), String(answer === null ? null : bytesToHex(answer)));
}
