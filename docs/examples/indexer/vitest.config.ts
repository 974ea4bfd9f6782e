import { defineConfig } from 'vitest/config';

// A network of real processes is up in a few seconds, and a reorganisation of three blocks takes about as long.
export default defineConfig({ test: { testTimeout: 120_000, hookTimeout: 120_000 } });
