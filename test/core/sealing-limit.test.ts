import { expect, it } from 'vitest';
import { createNet } from './harness.ts';

it('a node that may seal up to a height seals that one, none above it, and goes on when it may', () => {
  const net = createNet();
  net.start(...net.names);
  for (const name of net.names) net.ask(name, { kind: 'set-sealing', enabled: true, upTo: 4 });
  net.run(12_000);
  expect(net.names.map((name) => net.view(name).head.header.number)).toEqual([4, 4, 4, 4, 4]);
  for (const name of net.names) net.ask(name, { kind: 'set-sealing', enabled: true });
  net.run(4_000);
  expect(net.view('n1').head.header.number).toBeGreaterThan(6);
});
