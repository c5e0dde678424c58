import { appVersion } from '../system/app-version.ts';
import { listBackbones } from '../studio/backbones.ts';
import { defaultDataFolder } from '../system/data-folder.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';

/** Tries everything anew and says what this machine has. */
export async function doctorCommand(flags: { readonly json?: boolean }): Promise<void> {
  const [backend, backbones] = [await runJobInTerminal({ kind: 'probe', fresh: true }), await listBackbones()];
  const dataFolder = defaultDataFolder();
  if (flags.json) {
    await printJson({ version: appVersion(), node: process.version, backend, backbones, dataFolder });
    return;
  }
  const lines = [
    ['Fovea', `${appVersion()} on Node ${process.version}, ${process.platform} ${process.arch}`],
    ['Tier', `${backend.tier}, ${backend.cpuCount} CPU threads`],
    ['Backbone runs on', backend.trunk],
    ['Training runs on', backend.tail],
    ['Why not faster', backend.whyNotBetter ?? 'this is the fastest tier'],
    ...backbones.map(({ id, isInstalled, isDefault }): [string, string] => [
      'Backbone',
      `${id}: ${isInstalled ? `installed${isDefault ? ', used unless another is chosen' : ''}` : `not installed; "fovea backbones add ${id}" brings it`}`,
    ]),
    ['Projects', dataFolder],
  ];
  await printText(lines.map(([title = '', text = '']) => `${title.padEnd(18)}${text}`).join('\n'));
}
