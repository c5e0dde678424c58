import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../helpers/shared.ts';

/** The engine's folders in their order: each imports only folders before it. */
const ENGINE_ORDER = [
  'images',
  'dataset',
  'augment',
  'network',
  'backbones',
  'compute',
  'features',
  'train',
  'evaluate',
  'choose',
  'coach',
  'lab',
  'export',
];

/** Which layers each layer may import, itself apart. What is absent is forbidden. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src-main/contract': [],
  'src-main/system': [],
  'src-main/engine': ['src-main/contract', 'src-main/system'],
  'src-main/worker': ['src-main/engine', 'src-main/contract', 'src-main/system'],
  'src-main/studio': ['src-main/contract', 'src-main/system'],
  'src-main/server': ['src-main/studio', 'src-main/contract', 'src-main/system'],
  'src-main/cli': ['src-main/server', 'src-main/studio', 'src-main/contract', 'src-main/system'],
  'src-main/desktop': ['src-main/server', 'src-main/studio', 'src-main/contract'],
  'src-renderer': ['src-main/contract'],
};

/** Packages that only some layers may load. */
const CONFINED: Readonly<Record<string, RegExp>> = {
  electron: /^src-main\/desktop\//,
  '@tensorflow/tfjs-node-gpu': /^src-main\/engine\/compute\//,
  '@tensorflow/tfjs-backend-wasm': /^src-main\/engine\/compute\//,
  '@litertjs/core': /^src-main\/engine\/compute\//,
  'onnxruntime-node': /^src-main\/engine\/compute\//,
  '@tensorflow/tfjs-core': /^src-main\/engine\//,
  sharp: /^src-main\/engine\/images\//,
};

interface Import {
  readonly file: string;
  readonly source: string;
  readonly isTypeOnly: boolean;
}

const IMPORT =
  /(import|export)(\s+type)?\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]|require\(\s*['"]([^'"]+)['"]/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(repositoryRoot, file), 'utf8');
  return [...text.matchAll(IMPORT)].map((match) => ({
    file,
    source: match[3] ?? match[4] ?? match[5] ?? '',
    isTypeOnly: match[2] !== undefined,
  }));
}

function sources(folder: string): string[] {
  return readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.(ts|svelte)$/.test(path) && !path.includes('/paraglide/'));
}

const layerOf = (path: string): string | undefined =>
  Object.keys(MAY_IMPORT).find((layer) => path.startsWith(`${layer}/`));
const targetOf = ({ file, source }: Import): string | null =>
  source.startsWith('.') ? normalize(join(dirname(file), source)).replaceAll('\\', '/') : null;
const engineRank = (path: string): number => ENGINE_ORDER.indexOf(/^src-main\/engine\/([^/]+)\//.exec(path)?.[1] ?? '');

const imports = [...sources('src-main'), ...sources('src-renderer')].flatMap(importsOf);

test('each layer imports only the layers below it', () => {
  const broken = imports.flatMap((found) => {
    const target = targetOf(found);
    const from = layerOf(found.file);
    const to = target === null ? undefined : layerOf(target);
    if (from === undefined || to === undefined || from === to) return [];
    const isEngineTypeForStudio = from === 'src-main/studio' && to === 'src-main/engine' && found.isTypeOnly;
    return MAY_IMPORT[from]?.includes(to) || isEngineTypeForStudio ? [] : [`${found.file} imports ${target}`];
  });
  expect(broken).toEqual([]);
});

test('a folder of the engine imports only folders above it in the order of the data', () => {
  const broken = imports.flatMap((found) => {
    const target = targetOf(found);
    if (target === null || !target.startsWith('src-main/engine/')) return [];
    const [from, to] = [engineRank(found.file), engineRank(target)];
    return from >= 0 && to > from ? [`${found.file} imports ${target}`] : [];
  });
  expect(broken).toEqual([]);
});

test('every folder of the engine has its place in the order', () => {
  const folders = readdirSync(join(repositoryRoot, 'src-main/engine'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(folders.filter((name) => !ENGINE_ORDER.includes(name))).toEqual([]);
});

test('native and shell packages are loaded only where they belong', () => {
  const broken = imports.flatMap(({ file, source }) => {
    const home = CONFINED[source];
    return home !== undefined && !home.test(file) ? [`${file} loads ${source}`] : [];
  });
  expect(broken).toEqual([]);
});

test('no file imports in a circle', () => {
  const edges = new Map<string, string[]>();
  for (const found of imports) {
    const target = targetOf(found);
    if (target !== null && !found.isTypeOnly) edges.set(found.file, [...(edges.get(found.file) ?? []), target]);
  }
  const finished = new Set<string>();
  const circles: string[] = [];
  function visit(file: string, path: readonly string[]): void {
    if (finished.has(file)) return;
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    finished.add(file);
  }
  for (const file of edges.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

test('there are no barrel files', () => {
  expect([...sources('src-main'), ...sources('src-renderer')].filter((path) => path.endsWith('/index.ts'))).toEqual([]);
});
