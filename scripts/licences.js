// @ts-check
/**
 * The list of what ships, with its licences: every package that runs beside Fovea and every one whose code is in the page.
 *
 * Names and versions come from package-lock.json, so that the list cannot drift from what is installed; texts from the
 * packages themselves, since most licences ask that theirs goes along.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shipped, though no code of theirs is in a bundle: the shell, and a font that is named in a style sheet. */
const ALSO_SHIPPED = ['electron', '@fontsource-variable/inter'];
const TEXT_FILE = /^(licen[cs]e|copying|notice)(\b|$)/i;

/**
 * @typedef {{ readonly name: string, readonly version: string, readonly licence: string, readonly text: string | null }} Licence
 * @typedef {{ readonly version?: string, readonly license?: string, readonly dev?: boolean, readonly devOptional?: boolean }} Locked
 */

/**
 * @param {string} root  of the checkout
 * @param {readonly string[]} pageModules  files whose code is in the page
 * @returns {readonly Licence[]} by name
 */
export function licencesOf(root, pageModules) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages = /** @type {Record<string, Locked>} */ (lock.packages);
  const inPage = new Set([...pageModules.map(packageFolder), ...ALSO_SHIPPED.map((name) => `node_modules/${name}`)]);
  const shipped = Object.entries(packages)
    .filter(([folder, { dev, devOptional }]) => {
      const runsBeside = dev !== true && devOptional !== true && existsSync(join(root, folder));
      return folder !== '' && (runsBeside || inPage.has(folder));
    })
    .map(([folder, { version = '', license }]) => ({
      name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license ?? ownLicence(join(root, folder)),
      text: licenceText(join(root, folder)),
    }));
  // The same release may be installed in two places.
  const byName = new Map(shipped.map((one) => [`${one.name} ${one.version}`, one]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * "/…/node_modules/svelte/src/x.js" → "node_modules/svelte"
 *
 * @param {string} file
 */
function packageFolder(file) {
  const [, folder = ''] =
    /(node_modules\/(?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(file.replaceAll('\\', '/')) ?? [];
  return folder;
}

/** @param {string} folder */
function ownLicence(folder) {
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return typeof license === 'string' ? license : 'UNKNOWN';
}

/** @param {string} folder */
function licenceText(folder) {
  if (!existsSync(folder)) return null;
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && TEXT_FILE.test(entry.name),
  );
  const texts = files.map(({ name }) => readFileSync(join(folder, name), 'utf8').trim());
  return texts.length === 0 ? null : texts.join('\n\n');
}
