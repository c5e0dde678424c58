import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';

/** Removes the run's cache once all tests have ended. */
export default function setUp(project: TestProject): () => Promise<void> {
  return () => rm(project.config.env['FOVEA_CACHE'] ?? '', { recursive: true, force: true });
}
