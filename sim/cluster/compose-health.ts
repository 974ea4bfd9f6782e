// The health check of a container: asks the first process of this container over loopback, and ends with status 0 where it says 200.

import { get } from 'node:http';

const PATIENCE_MS = 2_000;

get(`http://127.0.0.1:${process.argv[2]}/health`, { timeout: PATIENCE_MS }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
})
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1));
