import { expect, it } from 'vitest';
import { junitReport } from '../../../sim/cli/junit.ts';
import type { RunResult } from '../../../sim/cluster/runner.ts';

const RESULT: RunResult = {
  passed: false,
  checks: [
    { id: 'P5', passed: true, evidence: '6 nodes had one head' },
    { id: 'story', passed: false, evidence: 'a "<b>" & \u0000 gone' },
  ],
  blocks: 7,
  reorgs: [],
  transactions: 3,
  recovery: {
    agreementMs: 120,
    unhealed: 0,
    reorganisations: 2,
    deepest: 1,
    transactions: { undone: 2, includedAgain: 1, lost: 1 },
  },
  traceHash: '0xab',
  failure: null,
  hasDivergence: false,
  isLate: false,
};

it('tells every check with its evidence, the figures, and how to repeat what failed', () => {
  const played = { scenario: 'a<b', arm: 'virtual', seed: '7', repeat: 'npm run lockstep -- run a' } as const;
  expect(junitReport(played, RESULT, 1.5)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lockstep" tests="2" failures="1" errors="0" skipped="0" time="1.500">
  <testsuite name="a&lt;b on virtual" tests="2" failures="1" errors="0" skipped="0" time="1.500">
    <properties>
      <property name="seed" value="7"/>
      <property name="traceHash" value="0xab"/>
      <property name="blocks" value="7"/>
      <property name="transfers" value="3"/>
      <property name="recovery.agreementMs" value="120"/>
      <property name="recovery.unhealed" value="0"/>
      <property name="recovery.reorganisations" value="2"/>
      <property name="recovery.deepest" value="1"/>
      <property name="recovery.transactions.undone" value="2"/>
      <property name="recovery.transactions.includedAgain" value="1"/>
      <property name="recovery.transactions.lost" value="1"/>
    </properties>
    <testcase classname="a&lt;b.virtual" name="P5" time="0">
      <system-out>6 nodes had one head</system-out>
    </testcase>
    <testcase classname="a&lt;b.virtual" name="story" time="0">
      <failure message="a &quot;&lt;b&gt;&quot; &amp; \ufffd gone" type="story">a &quot;&lt;b&gt;&quot; &amp; \ufffd gone&#10;repeat it with: npm run lockstep -- run a</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
});
