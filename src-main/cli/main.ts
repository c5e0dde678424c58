#!/usr/bin/env node
/** The `fovea` command: the same engine as the app, without a page. */
import { startEarlyWorker } from './early-worker.ts';

startEarlyWorker(process.argv.slice(2)); // before anything else is loaded: it takes longer to start than all of it
await import('./program.ts');
