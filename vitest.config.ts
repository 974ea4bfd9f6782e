import { defineConfig } from 'vitest/config';

const E2E = 'test/e2e/**/*.test.ts';
const EXPLORE = 'test/explore/**/*.test.ts';

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'units',
          include: ['test/**/*.test.ts'],
          exclude: [E2E, EXPLORE],
          // Some tests start processes of their own: they have deadlines longer than a unit test's.
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Two cores: files that start processes must not starve each other's deadlines.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'explore',
          include: [EXPLORE],
          // A worker for each lane, so that both have a core for the minutes that they are given.
          maxWorkers: 2,
          testTimeout: 900_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: [E2E],
          // Whole networks of processes: after all the others, one file at a time, and at most two networks in it.
          fileParallelism: false,
          maxConcurrency: 2,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
