import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Some tests run whole networks of processes: they have deadlines of their own, longer than a unit test's.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: files that start processes must not starve each other's deadlines.
    maxWorkers: 2,
    reporters: ['default'],
  },
});
