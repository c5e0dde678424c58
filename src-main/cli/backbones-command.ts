import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { backboneOrder, type BackboneChoice, type BackboneOrder } from '../contract/backbones.ts';
import { EngineError } from '../contract/errors.ts';
import { listBackbones, removeBackbone } from '../studio/backbones.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';

type AddFlags = Omit<BackboneOrder, 'source'> & { readonly json?: boolean };

/** Lists all that are known. */
export async function listCommand(flags: { readonly json?: boolean }): Promise<void> {
  const backbones = await listBackbones();
  if (flags.json) await printJson(backbones);
  else await printText(backbones.map(line).join('\n'));
}

/** Brings one and says what is there now. */
export async function addCommand(source: string, flags: AddFlags): Promise<void> {
  const { json, ...wishes } = flags;
  const known = (await listBackbones()).some(({ id }) => id === source);
  const isPath = !known && !/^https?:/i.test(source) && existsSync(source);
  const order = requireOrder({ ...wishes, source: isPath ? resolve(source) : source });
  const { id } = await runJobInTerminal({ kind: 'add-backbone', order });
  const added = (await listBackbones()).filter((choice) => choice.id === id);
  if (json) await printJson(added[0]);
  else await printText(`${added.map(line).join('\n')}\n\nTrain on it: fovea train <folder> --backbone ${id}`);
}

export async function removeCommand(id: string): Promise<void> {
  await removeBackbone(id);
  await printText(`Removed ${id}.`);
}

function requireOrder(order: BackboneOrder): BackboneOrder {
  const parsed = backboneOrder.safeParse(order);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const setting = String(issue?.path[0] ?? 'source');
  const flag = setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const message = `--${flag} cannot be used: ${issue?.message ?? 'it is out of range'}.`;
  throw new EngineError('setting/out-of-range', message, { setting });
}

function line({ id, title, isInstalled, isDefault, parameterCount, imageSize, licence }: BackboneChoice): string {
  const state = isInstalled ? (isDefault ? 'installed, the default' : 'installed') : `"fovea backbones add ${id}" brings it`; // prettier-ignore
  const size = `${(parameterCount / 1e6).toFixed(1)} M parameters, ${imageSize} px`;
  return `${id.padEnd(24)}${title.padEnd(22)}${size.padEnd(28)}${licence.padEnd(12)}${state}`;
}
