import { basename, dirname } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import { startModelServer } from '../server/model-server.ts';
import { isLoopback } from '../server/model-visitors.ts';
import { openLog } from '../studio/log.ts';
import { modelFolderOf } from './model-folder.ts';
import { printText } from './output.ts';
import { logFolder } from './run-job.ts';

interface ServeModelFlags {
  readonly host: string;
  readonly port: number;
  readonly queue: number;
  readonly maxBytes: number;
  readonly top?: number;
  readonly token?: string;
}

/** Serves a model until it is told to end; then what is under way is finished. A second Ctrl-C ends it at once. */
export async function serveModelCommand(model: string, flags: ServeModelFlags): Promise<void> {
  requireInRange('--port', flags.port, 0, 65_535);
  requireInRange('--queue', flags.queue, 1, 10_000);
  requireInRange('--max-bytes', flags.maxBytes, 1, 512 * 2 ** 20); // the decoder takes no larger files
  if (flags.top !== undefined) requireInRange('--top', flags.top, 1, 1_000_000);
  if (flags.token !== undefined && !/^[\x21-\x7e]+$/.test(flags.token))
    throw outOfRange(
      '--token must be one or more printable ASCII characters without spaces, as an HTTP header takes them.',
    );
  const modelFolder = modelFolderOf(model);
  const log = openLog(logFolder());
  const { host, port } = flags;
  warnOfStrangers(host, flags.token !== undefined);
  const server = await startModelServer({
    modelFolder,
    name: nameOf(modelFolder),
    host,
    port,
    queueLength: flags.queue,
    mostPictureBytes: flags.maxBytes,
    top: flags.top ?? null,
    token: flags.token ?? null,
    log,
  });
  const { labels, backbone, engine } = server.model;
  await printText(
    `Fovea serves ${modelFolder} at ${server.url}\n` +
      `${labels.length} classes, ${backbone}, ${engine}. POST pictures to ${server.url}/predict. Ctrl-C ends it.`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve();
        process.once(signal, () => process.exit(1));
      });
    }
  });
  await server.close();
  await log.close();
}

/** What answers call the model: `OUT` of `train --out OUT`. */
function nameOf(modelFolder: string): string {
  return basename(modelFolder) === 'model' ? basename(dirname(modelFolder)) : basename(modelFolder);
}

function warnOfStrangers(host: string, hasToken: boolean): void {
  if (isLoopback(host)) return;
  const who = `Warning: at ${host} other machines can reach this server, and what they send is not encrypted.`;
  const advice = hasToken ? '' : ' Anyone may use it: give a --token, or leave out --host for this machine alone.';
  process.stderr.write(`${who}${advice}\n`);
}

function requireInRange(flag: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw outOfRange(`${flag} ${value} cannot be used: it must be a whole number from ${low} to ${high}.`);
}

function outOfRange(message: string): EngineError {
  return new EngineError('setting/out-of-range', message);
}
