// A scenario's result as JUnit XML, which CI systems read: one test case per check.

import type { RunResult } from '../cluster/runner.ts';

export function junitReport(scenario: string, arm: string, result: RunResult, seconds: number): string {
  const failures = result.checks.filter((check) => !check.passed).length;
  const cases = result.checks.map(({ id, passed, evidence }) => {
    const head = `    <testcase classname="${escapeXml(scenario)}.${arm}" name="${escapeXml(id)}"`;
    return passed ? `${head}/>` : `${head}>\n      <failure message="${escapeXml(evidence)}"/>\n    </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="${escapeXml(scenario)} on ${arm}" tests="${result.checks.length}" failures="${failures}" time="${seconds.toFixed(3)}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[char]};`);
}
