import { beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, explainBundle, readBundle } from '../../../sim/explain/bundle.ts';
import type { Explanation } from '../../../sim/explain/explanation.ts';
import { tellExplanation } from '../../../sim/explain/story.ts';
import { deploy, explainPlayed, open } from './network.ts';
import { EXPECTED } from './probe.ts';

const CORRECT = ['n1', 'n2', 'n3', 'n5'];
let explanation: Explanation;
let text: string;

beforeAll(async () => {
  const played = open({ n4: 'sha256-flips-a-bit' });
  const contract = await deploy(played, CORRECT);
  const { data } = EXPECTED['sha256-flips-a-bit']!;
  await played.net.mined(await played.net.transact('n1', { to: contract, data, gas: 200_000 }), CORRECT);
  const { found, bundle } = await explainPlayed(played);
  if (!('explanation' in found)) throw new Error('no divergence');
  explanation = found.explanation;
  text = JSON.stringify(bundle);
});

type Changing = { -readonly [K in keyof Bundle]: Bundle[K] };
/** The bundle with something changed. */
function changed(change: (bundle: Changing) => void): string {
  const bundle = JSON.parse(text) as Changing;
  change(bundle);
  return JSON.stringify(bundle);
}
const repeat = (bundle: string) => explainBundle(readBundle(bundle, 'b.json'), 'b.json', { contracts: [] });

describe('a bundle', () => {
  it('says without the network what was said with it, and its block runs on a fresh machine as on the correct nodes', async () => {
    const repeated = await repeat(text);
    expect(repeated.explanation).toEqual({ ...explanation, questions: expect.any(Number) });
    expect(tellExplanation(repeated.explanation)).toEqual(tellExplanation(explanation));
    expect(repeated.sameSteps).toEqual(['n1']);
  });

  it('holds both machines’ steps and no more of the state than is needed', () => {
    const bundle = readBundle(text, 'b.json');
    expect(bundle.traces.map(({ node, steps }) => [node, steps?.length])).toEqual([
      ['n1', 200],
      ['n4', 200],
    ]);
    expect(bundle.parent!.nodes.length).toBeLessThan(60);
    expect(text.length).toBeLessThan(400_000);
  });

  it.each<[string, (bundle: Changing) => void, RegExp]>([
    [
      'a version of tomorrow',
      (b) => Object.assign(b, { version: 2 }),
      /^b\.json: a bundle of version 2, this is version 1$/,
    ],
    ['another kind of file', (b) => Object.assign(b, { kind: 'x' }), /^b\.json: no bundle of lockstep explain$/],
    ['a block that is none', (b) => Object.assign(b, { block: '0x12' }), /^b\.json: the block does not decode/],
    ['a trie node less', (b) => b.parent!.nodes.splice(1, 1), /^b\.json: the trie node 0x\w{64} is missing/],
    ['a changed trie node', (b) => b.parent!.nodes.splice(1, 1, '0x1234'), /is missing/],
    ['no code', (b) => b.parent!.codes.splice(0, 9), /^b\.json: the code 0x\w{64} is missing/],
    ['a genesis without rules', (b) => Object.assign(b, { genesis: {} }), /^b\.json: its genesis: /],
    ['answers that are gone', (b) => b.nodes[0]!.asked.splice(1, 99), /^b\.json: what n1 answered to \w+ is missing$/],
    [
      'an answer that is none',
      (b) => Object.assign(b.nodes[0]!.asked[0]!, { result: 7 }),
      /^b\.json: n1 answers lockstep_mismatches with/,
    ],
    [
      'another block',
      (b) => Object.assign(b, { block: blockOf(b, 'parent') }),
      /^b\.json: its answers do not lead to its block 0x/,
    ],
    ['fields of another shape', (b) => Object.assign(b, { nodes: 'n1' }), /^b\.json: nodes: /],
  ])('with %s is refused in one line', async (_, change, reason) => {
    await expect(async () => repeat(changed(change))).rejects.toThrow(reason);
  });

  it('that is cut off is refused in one line', () => {
    expect(() => readBundle(text.slice(0, 1_000), 'b.json')).toThrow(/^b\.json: not JSON, or cut off$/);
  });
});

/** The RLP of another block of which the nodes spoke. */
function blockOf(bundle: Changing, _what: 'parent'): string {
  const answers = bundle.nodes.flatMap(({ asked }) => asked).filter(({ method }) => method === 'lockstep_block');
  const rlps = answers.map((one) => ('result' in one ? (one.result as { rlp: string } | null)?.rlp : undefined));
  return rlps.find((rlp) => rlp !== undefined && rlp !== bundle.block) ?? '';
}
