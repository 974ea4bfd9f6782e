import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readScript } from '../../../sim/script/read.ts';
import { scenarioJsonSchema } from '../../../sim/script/schema.ts';

const lineOf = (text: string): string => {
  try {
    readScript(text, 's.yaml');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing is wrong';
};

/** A scenario with these lines in its timeline. */
const steps = (...lines: string[]): string => ['name: a', 'timeline:', ...lines.map((line) => `  ${line}`)].join('\n');

describe('a scenario in YAML', () => {
  it('is read with its defaults', () => {
    expect(readScript('name: a\ntimeline: []\n', 's.yaml')).toEqual({
      name: 'a',
      title: '',
      seed: null,
      network: {
        authorities: 5,
        followers: 1,
        period: 1,
        signerLimit: null,
        epoch: null,
        late: [],
        faults: {},
        tier: 1,
      },
      load: null,
      timeline: [],
      expect: [],
    });
  });

  it('makes one act of each node that a word names', () => {
    const { timeline } = readScript(
      steps('- do: [{ kill: [n1, f1] }, heal, { clock: { node: n2, offset: -1.5s } }]'),
      'f',
    );
    expect(timeline).toEqual([
      {
        when: null,
        do: [
          { kind: 'process', node: 'n1', order: 'kill' },
          { kind: 'process', node: 'f1', order: 'kill' },
          { kind: 'network', order: { kind: 'heal' } },
          { kind: 'machine', order: { kind: 'clock', node: 'n2', offsetMs: -1_500 } },
        ],
      },
    ]);
  });

  it('takes heal and repair with a colon, too', () => {
    const { timeline } = readScript(steps('- do:', '    - heal:', '    - repair:'), 'f');
    expect(timeline[0]?.do).toEqual([
      { kind: 'network', order: { kind: 'heal' } },
      { kind: 'machine', order: { kind: 'repair' } },
    ]);
  });
});

describe('what is wrong with a scenario is one line with its place', () => {
  it.each([
    ['nothing at all', '', /^s\.yaml:1:1: nothing in it; expected a scenario$/],
    ['a list', '- a', /^s\.yaml:1:1: expected a mapping of name, title/],
    ['no YAML', 'name: [a', /^s\.yaml:1:9: .*\]/],
    ['a tag', 'name: !!js/function f\ntimeline: []', /^s\.yaml:1:7: Unresolved tag/],
    ['one key twice', 'name: a\nname: b\ntimeline: []', /^s\.yaml:2:1: Map keys must be unique/],
    ['a bomb of aliases', bomb(), /^s\.yaml:1:1: Excessive alias count/],
    ['no name', 'timeline: []', /^s\.yaml:1:1: name: expected a name of letters/],
    [
      'an unknown word at the top',
      'name: a\ntimelime: []\ntimeline: []',
      /^s\.yaml:2:1: timelime: unknown word; expected one of name, title, seed, network, load, timeline, expect$/,
    ],
    [
      'an unknown thing to do',
      steps('- do:', '    - partion: [[n1]]'),
      /^s\.yaml:4:9: partion: unknown word; expected one of partition, heal, link,/,
    ],
    ['an unknown word alone', steps('- do: [heel]'), /^s\.yaml:3:10: do 'heel': expected one of partition, heal,/],
    [
      'two words in one',
      steps('- do: [{ kill: n1, stop: n2 }]'),
      /^s\.yaml:3:\d+: (kill|stop) 'n\d': '\w+' and '\w+' together/,
    ],
    ['nothing to do', steps('- do: [{}]'), /^s\.yaml:3:10: do: expected one of partition,/],
    [
      'a bad duration',
      steps('- when: { after: 5 sec }'),
      /^s\.yaml:3:20: after '5 sec': expected a duration, as in 200ms, 1\.5s or 2m/,
    ],
    ['a duration without a unit', steps('- when: { after: 5 }'), /^s\.yaml:3:20: after '5': expected a duration/],
    [
      'a delay beyond a minute',
      steps('- do: [{ sync: { node: n1, delay: 61s } }]'),
      /delay '61s': expected a duration.* of 1m at most$/,
    ],
    ['a delay of a minute', steps('- do: [{ sync: { node: n1, delay: 60s } }]'), /^nothing is wrong$/],
    [
      'a share without its sign',
      steps('- do: [{ link: { from: n1, to: n2, loss: 30 } }]'),
      /^s\.yaml:3:\d+: loss '30': expected a share in whole percent, as in 30%$/,
    ],
    [
      'a rate of nothing',
      steps('- do: [{ link: { from: n1, to: n2, rate: 0kbit } }]'),
      /rate '0kbit': expected a rate/,
    ],
    [
      'an amount below one wei',
      steps('- do: [{ transfer: { via: n1, value: 0.5wei } }]'),
      /value '0\.5wei': expected an amount/,
    ],
    [
      'nothing said of a link',
      steps('- do: [{ link: { from: n1, to: n2 } }]'),
      /link: says nothing of the link: expected state, delay,/,
    ],
    [
      'a wrong type',
      'name: a\nnetwork: { authorities: five }\ntimeline: []',
      /^s\.yaml:2:25: authorities 'five': expected number$/,
    ],
    [
      'a fraction',
      'name: a\nnetwork: { authorities: 2.5 }\ntimeline: []',
      /^s\.yaml:2:25: authorities '2\.5': expected a whole number$/,
    ],
    [
      'a number beyond its limit',
      'name: a\nnetwork: { authorities: 51 }\ntimeline: []',
      /^s\.yaml:2:25: authorities '51': expected a number <= 50$/,
    ],
    ['the limit itself', 'name: a\nnetwork: { authorities: 50 }\ntimeline: []', /^nothing is wrong$/],
    [
      'an unknown node',
      steps('- do: [{ kill: n6 }]'),
      /^s\.yaml:3:10: do: no node 'n6' in this network \(it has n1, n2, n3, n4, n5, f1\)$/,
    ],
    [
      'an unknown node of a wait',
      steps('- when: { height: 2, on: [n1, x] }'),
      /^s\.yaml:3:5: when: no node 'x' in this network/,
    ],
    [
      'a node on two sides',
      steps('- do: [{ partition: [[n1], [n1]] }]'),
      /^s\.yaml:3:10: do: node 'n1' is on two sides$/,
    ],
    [
      'a late node that is not there',
      'name: a\nnetwork: { late: [n9] }\ntimeline: []',
      /^s\.yaml:2:19: late 'n9': no node 'n9'/,
    ],
    [
      'an unknown fault',
      'name: a\nnetwork: { faults: { n2: rust } }\ntimeline: []',
      /^s\.yaml:2:26: n2 'rust': no planted fault 'rust' \(there are /,
    ],
    [
      'a clone of nobody',
      'name: a\nnetwork: { faults: { n2: clone-of-n6 } }\ntimeline: []',
      /no planted fault 'clone-of-n6'/,
    ],
    [
      'an unknown transaction',
      'name: a\ntimeline: []\nexpect:\n  - mined: pay',
      /^s\.yaml:4:5: expect: no transaction 'pay' \(there is none before it\)$/,
    ],
    [
      'nodes beside what has none',
      'name: a\ntimeline: []\nexpect:\n  - { agreement: all, on: n1 }',
      /^s\.yaml:4:27: on 'n1': 'agreement' has no nodes beside it$/,
    ],
    [
      'a conflict of two senders',
      steps('- do:', '    - transfer: { name: a, via: n1 }', '    - transfer: { via: n2, from: 3, conflictsWith: a }'),
      /^s\.yaml:5:9: do: 'a' is of account 0, this one of 3: they do not conflict$/,
    ],
  ])('%s', (_, text, line) => {
    const told = lineOf(text);
    expect(told).toMatch(line);
    expect(told.split('\n')).toHaveLength(1);
  });

  it('tells every problem, a line each, and of very many the first twenty', () => {
    expect(lineOf(steps('- do: [{ kill: n6 }, { stop: n7 }]')).split('\n')).toHaveLength(2);
    const many = lineOf(steps(`- do: [${Array.from({ length: 30 }, () => '{ kill: n6 }').join(', ')}]`)).split('\n');
    expect(many).toHaveLength(21);
    expect(many.at(-1)).toBe('s.yaml: and 10 more');
  });
});

describe('the JSON Schema for editors', () => {
  it('is the one in the folder of scenarios', () => {
    const file = new URL('../../../scenarios/scenario.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(scenarioJsonSchema());
  });
});

function bomb(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [here, before] of ['ba', 'cb', 'dc', 'ed'].map((pair) => [...pair])) {
    lines.push(`${here}: &${here} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`);
  }
  return lines.join('\n');
}
