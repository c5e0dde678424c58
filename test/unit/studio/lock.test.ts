import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { lockFolder } from '../../../src-main/studio/lock.ts';
import { temporaryFolder } from '../../helpers/server.ts';
import { repositoryRoot } from '../../helpers/shared.ts';

test('a folder is held once, and free again afterwards', async () => {
  const folder = await temporaryFolder();
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: 'run/busy',
    message: expect.stringContaining('already open') as string,
  });
  const other = await lockFolder(await temporaryFolder());
  await unlock();
  await other();
  await (
    await lockFolder(folder)
  )();
});

test('a holder that is killed leaves nothing behind', async () => {
  const folder = await temporaryFolder();
  const script = join(folder, 'lock.mjs');
  const entry = join(repositoryRoot, 'src-main', 'studio', 'lock.ts');
  await build({ entryPoints: [entry], outfile: script, bundle: true, platform: 'node', format: 'esm' });
  const hold = `import(process.argv[1]).then((m) => m.lockFolder(process.argv[2])).then(() => { console.log('held'); setInterval(() => {}, 1000); })`;
  const holder = spawn(process.execPath, ['-e', hold, script, folder]);
  await once(holder.stdout, 'data');
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'run/busy' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await (
    await lockFolder(folder)
  )();
});
