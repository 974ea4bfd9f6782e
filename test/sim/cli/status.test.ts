import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockstep } from './command.ts';

const INTERFACE = new URL('../../../sim/cluster/scenario.ts', import.meta.url).href;
const directory = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:9';

/** A scenario in a file of its own, as a user may have one; the story is the body of its `play`. */
function write(name: string, story: string, network = 'authorities: 1, followers: 0'): string {
  const file = join(directory, `${name}.ts`);
  writeFileSync(
    file,
    `import { scenario } from '${INTERFACE}';
export default scenario({
  name: '${name}', title: '${name}', network: { ${network} }, load: null,
  async play(net) { ${story} },
});
`,
  );
  return file;
}

/** What a failing command says: one line, no stack. */
function expectOneLine({ stderr }: { readonly stderr: string }, line: RegExp): void {
  const said = stderr.trimEnd().split('\n');
  expect(said.at(-1)).toMatch(line);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('a command that cannot do what it is told', { concurrent: true, timeout: 120_000 }, () => {
  it.each<[string, number, readonly string[], RegExp]>([
    ['an unknown command', 2, ['fly'], /unknown command 'fly'/],
    ['an unknown flag', 2, ['run', 'steady', '--fast'], /unknown option '--fast'/],
    ['a missing argument', 2, ['run'], /missing required argument 'scenario'/],
    [
      'an unknown arm',
      2,
      ['run', 'steady', '--on', 'mars'],
      /^lockstep: --on 'mars': expected virtual, processes or compose$/,
    ],
    ['a bad number', 2, ['up', '--nodes', 'many'], /^lockstep: --nodes 'many': expected a whole number from 1 to 50$/],
    [
      'a partition with one side',
      2,
      ['net', 'partition', 'n1'],
      /^lockstep: partition 'n1': expected two sides or more/,
    ],
    ['a link without a shape', 2, ['net', 'link', 'n1', 'n2'], /^lockstep: net link: say at least one of --delay/],
    [
      'a bad address',
      2,
      ['send', '--to', '0x12'],
      /^lockstep: --to '0x12': expected an address, 0x and 40 hex digits$/,
    ],
    [
      'a number of heights that is none',
      2,
      ['tree', '--last', 'x'],
      /^lockstep: --last 'x': expected a whole number from 1 to /,
    ],
    [
      'a height that is none',
      2,
      ['roots', '--from', '-1'],
      /^lockstep: --from '-1': expected a whole number from 0 to /,
    ],
    ['an empty seed', 2, ['run', 'steady', '--seed', ''], /^lockstep: --seed '': expected a text$/],
    [
      'a report that cannot be written',
      2,
      ['run', 'steady', '--junit', '/no/such/folder/report.xml'],
      /^lockstep: --junit \/no\/such\/folder\/report\.xml: ENOENT/,
    ],
    [
      'a second run in real time',
      2,
      ['run', 'steady', '--on', 'processes', '--twice'],
      /^lockstep: --twice: real time does not repeat, so with --on virtual, not with --on processes$/,
    ],
    [
      'a disk fault that there is not',
      2,
      ['node', 'disk', 'n1', 'wet'],
      /^lockstep: node disk 'wet': expected one of write-error, full, lost-tail, torn-tail, bit-flip, well$/,
    ],
    [
      'a planted fault without a node',
      2,
      ['up', '--fault', 'spammer', '--data', '/tmp/no-such-network'],
      /^lockstep: --fault 'spammer': expected a node and a fault, as in n4=sdiv-rounds-down$/,
    ],
    [
      'a planted fault in no node',
      2,
      ['up', '--fault', 'n9=spammer', '--data', '/tmp/no-such-network'],
      /^lockstep: --faults\.n9: no node 'n9' in this network/,
    ],
    [
      'an unknown scenario',
      4,
      ['run', 'no-such-story'],
      /^lockstep: no scenario 'no-such-story': there are all-crash, /,
    ],
  ])('ends at %s with status %i', async (_, status, words, line) => {
    const ended = await lockstep(...words);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: '' });
    const lines = ended.stderr.trimEnd().split('\n');
    expect(lines.filter((said) => line.test(said))).toHaveLength(1);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it.each(['roots', 'tree'])('ends where no network runs, with status 4: %s', async (command) => {
    const ended = await lockstep(command, '--data', join(directory, 'nothing'));
    expectOneLine(ended, /^lockstep: no network runs on .*nothing/);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 4, stdout: '' });
  });

  it('ends where a named control service does not answer, with status 102', async () => {
    const ended = await lockstep('net', 'heal', '--control', NOBODY);
    expectOneLine(ended, /^lockstep: .*127\.0\.0\.1:9/);
    expect(ended.status).toBe(102);
  });

  it('ends at a file that is no scenario with status 2', async () => {
    const file = join(directory, 'empty.ts');
    writeFileSync(file, 'export default 5;\n');
    const ended = await lockstep('run', file);
    expectOneLine(ended, /empty\.ts: its default export is no scenario$/);
    expect(ended.status).toBe(2);
  });

  it.each([
    ['authorities: 0', 'network.authorities: expected a whole number from 1 to 50'],
    ['followers: 51', 'network.followers: expected a whole number from 0 to 50'],
    ['period: 0.5', 'network.period: expected a whole number from 1 to 3600'],
    ['authorities: 2, signerLimit: 3', 'network.signerLimit: expected a whole number from 1 to 2'],
    ["late: ['n9']", "network.late.0: no node 'n9'"],
    ["faults: { n9: 'sdiv-rounds-down' }", "network.faults.n9: no node 'n9'"],
  ])('ends at a network of { %s } with status 2', async (network, said) => {
    const ended = await lockstep('run', write(`plan-${network.replace(/\W+/g, '-')}`, '', network));
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toContain(said);
    expectOneLine(ended, /^lockstep: scenario plan-/);
    expect(ended.status).toBe(2);
  });

  it('ends its JSON with a summary that says why', async () => {
    const ended = await lockstep('roots', '--json', '--data', join(directory, 'nothing'));
    expect(JSON.parse(ended.stdout)).toMatchObject({ kind: 'summary', passed: false, status: 4 });
    expect(ended.status).toBe(4);
  });

  it('ends at an unknown planted fault with status 2', async () => {
    const ended = await lockstep('run', write('fault', '', "faults: { n1: 'wrong' }"));
    expectOneLine(
      ended,
      /^lockstep: scenario fault: network\.faults\.n1: no planted fault 'wrong' \(there are sdiv-rounds-down, /,
    );
    expect(ended.status).toBe(2);
  });
});

describe('a scenario run', { concurrent: true, timeout: 120_000 }, () => {
  it('ends with status 100 where its story throws, and says how to repeat it', async () => {
    const file = write('thrower', "throw new Error('out of words');");
    const ended = await lockstep('run', file, '--seed', 's1', '--tier', '0');
    expect(ended.status).toBe(100);
    expect(ended.stdout).toMatch(/✗ story .*the scenario threw: out of words/);
    expectOneLine(ended, /^repeat it with: .* run .*thrower\.ts --on virtual --seed s1 --tier 0$/);
  });

  it('says what was thrown in one line, with the file', async () => {
    const file = write('poet', "throw new Error('two\\n  lines');");
    const ended = await lockstep('run', file);
    expect(ended.stderr).toContain(`\nlockstep: ${file}: the scenario threw: two lines\n`);
  });

  it('ends with status 124 where the deadline of a wait passes', async () => {
    const ended = await lockstep('run', write('patient', "await net.height(3, ['n9']);"));
    expect(ended.stderr).toMatch(/^lockstep: .*patient\.ts: waited 30 s for height 3 on n9; n1 at \d+$/m);
    expect(ended.status).toBe(124);
  });

  it('ends with status 124 where nothing is left that could wake it', async () => {
    const ended = await lockstep('run', write('sleeper', 'await new Promise(() => {});'));
    expectOneLine(ended, /^lockstep: the scenario waits for what never comes$/);
    expect(ended.status).toBe(124);
  });

  it('ends with status 100 where an expectation does not hold', async () => {
    const ended = await lockstep('run', write('false', "net.expect('sky', false, 'it is green');"));
    expect(ended.status).toBe(100);
    expect(ended.stdout).toMatch(/✗ sky +it is green/);
  });

  it('prints one JSON object a line with --json, the summary last, and writes a report', async () => {
    const report = join(directory, 'report.xml');
    const file = write('plain', "await net.blocks(2); net.expect('fine', true, 'a < b & \"c\"');");
    const ended = await lockstep('run', file, '--json', '--junit', report, '--seed', 's2');
    expect(ended.status).toBe(0);
    const lines = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const summary = lines.at(-1)!;
    const checks = lines.filter(({ kind }) => kind === 'check');
    expect(checks.every(({ passed }) => passed === true)).toBe(true);
    expect(lines.slice(checks.length).map(({ kind }) => kind)).toEqual(['recovery', 'summary']);
    expect(checks.map(({ id }) => id)).toEqual(expect.arrayContaining(['fine', 'agreement', 'P3', 'P20']));
    expect(summary).toMatchObject({
      kind: 'summary',
      scenario: 'plain',
      arm: 'virtual',
      seed: 's2',
      passed: true,
      reorgs: [],
    });
    expect(summary['checks']).toHaveLength(checks.length);
    expect(summary['blocks']).toBeGreaterThan(10);
    expect(summary['traceHash']).toMatch(/^0x[0-9a-f]{64}$/);
    const again = await lockstep('run', file, '--json', '--seed', 's2');
    expect(JSON.parse(again.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ traceHash: summary['traceHash'] });

    const xml = readFileSync(report, 'utf8');
    expectWellFormed(xml);
    expect(xml).toContain(`tests="${checks.length}" failures="0"`);
  });

  it('writes the failures of a run into its report', async () => {
    const report = join(directory, 'failed.xml');
    const ended = await lockstep(
      'run',
      write('broken', "net.expect('<id>', false, '1 < 2 & \"so\"');"),
      '--junit',
      report,
    );
    expect(ended.status).toBe(100);
    const xml = readFileSync(report, 'utf8');
    expectWellFormed(xml);
    expect(xml).toContain('name="&lt;id&gt;"');
    expect(xml).toContain('message="1 &lt; 2 &amp; &quot;so&quot;"');
  });
});

/** Tags nest and close, text and attributes hold no bare <, > or &. */
function expectWellFormed(xml: string): void {
  expect(xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n')).toBe(true);
  const open: string[] = [];
  const rest = xml
    .replace(/^<\?.*\?>/, '')
    .replace(/(<(?:failure|system-out)[^<>]*>)[^<>]*(?=<)/g, '$1') // the elements that hold text
    .replace(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<>]*")*)(\/?)>/g, (_, closes, name, attributes, isEmpty) => {
      expect(attributes.replace(/&(amp|lt|gt|quot);/g, '')).not.toContain('&');
      if (closes === '/') expect(open.pop()).toBe(name);
      else if (isEmpty === '') open.push(name);
      return '';
    });
  expect(open).toEqual([]);
  expect(rest.trim()).toBe('');
}
