// A scenario's result as JUnit XML, which CI systems read: one test case per check, and what was measured as properties of the suite.

import type { Arm } from '../cluster/cluster.ts';
import type { RunResult } from '../cluster/runner.ts';

/** What was played. `repeat` is the command that plays it again. */
export type Played = { readonly scenario: string; readonly arm: Arm; readonly seed: string; readonly repeat: string };

/** The report of one run. `seconds` is real time. */
export function junitReport(played: Played, result: RunResult, seconds: number): string {
  const { scenario, arm, seed, repeat } = played;
  const failures = result.checks.filter((check) => !check.passed).length;
  const { agreementMs, unhealed, reorganisations, deepest, transactions } = result.recovery;
  const measured: Readonly<Record<string, string | number | null>> = {
    seed,
    traceHash: result.traceHash,
    blocks: result.blocks,
    transfers: result.transactions,
    'recovery.agreementMs': agreementMs,
    'recovery.unhealed': unhealed,
    'recovery.reorganisations': reorganisations,
    'recovery.deepest': deepest,
    'recovery.transactions.undone': transactions.undone,
    'recovery.transactions.includedAgain': transactions.includedAgain,
    'recovery.transactions.lost': transactions.lost,
  };
  const properties = Object.entries(measured).flatMap(([name, value]) =>
    value === null ? [] : [`      <property name="${name}" value="${escapeXml(String(value))}"/>`],
  );
  const cases = result.checks.map(({ id, passed, evidence }) => {
    const head = `    <testcase classname="${escapeXml(scenario)}.${arm}" name="${escapeXml(id)}" time="0">`;
    const told = passed
      ? `      <system-out>${escapeXml(evidence)}</system-out>`
      : `      <failure message="${escapeXml(evidence)}" type="${escapeXml(id)}">${escapeXml(`${evidence}\nrepeat it with: ${repeat}`)}</failure>`;
    return `${head}\n${told}\n    </testcase>`;
  });
  const counts = `tests="${result.checks.length}" failures="${failures}" errors="0" skipped="0" time="${seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="lockstep" ${counts}>`,
    `  <testsuite name="${escapeXml(scenario)} on ${arm}" ${counts}>`,
    '    <properties>',
    ...properties,
    '    </properties>',
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** Text as XML 1.0 takes it, in attributes too: it has no form at all for most control characters. */
function escapeXml(text: string): string {
  return Array.from(text.toWellFormed(), (char) => ESCAPES[char] ?? (char < ' ' ? '\ufffd' : char)).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
  '\ufffe': '\ufffd',
  '\uffff': '\ufffd',
};
