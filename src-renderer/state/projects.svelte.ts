import type { ProjectSummary } from '../../src-main/contract/procedures.ts';
import type { Client } from '../client/client.ts';
import { toProblem, type Problem } from '../client/problem.ts';

/** Every project on this machine, the newest first. */
export class ProjectsState {
  list = $state.raw<readonly ProjectSummary[] | null>(null);
  problem = $state.raw<Problem | null>(null);

  constructor(readonly client: Client) {}

  async refresh(): Promise<void> {
    try {
      const list = await this.client.projects.list();
      this.list = list.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  async rename(projectId: string, name: string): Promise<void> {
    await this.client.projects.rename({ projectId, name });
    await this.refresh();
  }

  async remove(projectId: string): Promise<void> {
    await this.client.projects.remove({ projectId });
    await this.refresh();
  }
}
