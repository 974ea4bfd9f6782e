import { test } from 'vitest';
import { exploreFreshSeeds } from './fresh-seeds.ts';

test('fresh seeds of the full lane break no property', () => exploreFreshSeeds('full'));
