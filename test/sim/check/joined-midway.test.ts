import { expect, it } from 'vitest';
import { validBlocks } from '../../../sim/check/p03-valid-blocks.ts';
import { reorganisations } from '../../../sim/check/p10-reorganisations.ts';
import { PROPERTIES } from '../../../sim/check/properties.ts';
import { isExecuted, judge, type Recording, record, tamper } from './record.ts';

/** A cut, a reorganisation, a death and a return, under load. */
const STORY = await record({ seed: 'joined' }, { everyMs: 300 }, async (net) => {
  await net.height(5);
  await net.partition(['n1', 'n3'], ['n2', 'n4', 'n5', 'f1']);
  await net.event('a halt', (o) => o.kind === 'event' && o.event.kind === 'halted');
  await net.heal();
  await net.blocks(3);
  await net.kill('n4');
  await net.blocks(2);
  await net.start('n4');
  await net.blocks(2);
});
const CALM = STORY.observations.findIndex(({ kind }) => kind === 'calm');

/** What somebody sees who comes in behind so many observations. */
const joinedBehind = (count: number): Recording => {
  const missed = STORY.observations.slice(0, count).filter(isExecuted);
  const horizon = Math.max(0, ...missed.map(({ event }) => event.block.number));
  return { facts: { ...STORY.facts, horizon }, observations: STORY.observations.slice(count) };
};

it.each(
  PROPERTIES.map((property) => [property.id, property] as const),
)('%s finds nothing in a correct run, whenever somebody joins it', (_, property) => {
  expect(CALM).toBeGreaterThan(100);
  for (let count = 0; count < CALM; count += 7) {
    expect(judge(property, joinedBehind(count)), `joined behind ${count}`).toEqual([]);
  }
});

it.each([
  ['P3', validBlocks, /was never imported/],
  ['P10', reorganisations, /is no child of/],
] as const)('%s finds that a block above the horizon was kept back', (_, property, problem) => {
  const joined = joinedBehind(100);
  const number = (joined.facts.horizon ?? 0) + 3;
  const kept = joined.observations.find(
    (o) => o.kind === 'event' && o.event.kind === 'head' && o.event.block.number === number,
  );
  if (kept?.kind !== 'event' || kept.event.kind !== 'head') throw new Error(`no head at ${number}`);
  const { hash } = kept.event.block;
  const broken = tamper(joined, (o) => (isExecuted(o) && o.event.block.hash === hash ? null : o));
  expect(judge(property, broken)[0]).toMatch(problem);
});
