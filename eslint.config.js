import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** A package that only one folder may load, and why. */
const confined = [
  { name: 'electron', message: 'Only src-main/desktop talks to Electron.' },
  { name: '@tensorflow/tfjs-node-gpu', message: 'Backends are loaded in src-main/engine/compute only.' },
  { name: '@tensorflow/tfjs-backend-wasm', message: 'Backends are loaded in src-main/engine/compute only.' },
  { name: 'onnxruntime-node', message: 'Backends are loaded in src-main/engine/compute only.' },
  { name: 'sharp', message: 'Pictures are read in src-main/engine/images only.' },
];
const confine = (...allowed) => ({
  'no-restricted-imports': ['error', { paths: confined.filter(({ name }) => !allowed.includes(name)) }],
});

export default ts.config(
  {
    ignores: [
      'node_modules',
      'dist',
      'release',
      'bench/.venv',
      'assets/backbones',
      'src-renderer/paraglide',
      'test/results',
    ],
  },
  js.configs.recommended,
  ts.configs.strict,
  svelte.configs.recommended,
  prettier,
  {
    files: ['**/*.ts', '**/*.svelte'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Everything random is a function of a seed: engine/random.ts.' },
      ],
      ...confine(),
    },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser } } },
  { files: ['src-renderer/**'], languageOptions: { globals: globals.browser } },
  { files: ['scripts/**', 'bench/**', 'assets/export/**', '*.js'], languageOptions: { globals: globals.node } },
  { files: ['assets/export/**/browser-*.js', 'bench/page/in-page.js'], languageOptions: { globals: globals.browser } },
  { files: ['src-main/desktop/**', 'test/**'], rules: confine('electron') },
  {
    files: ['src-main/engine/compute/**'],
    rules: confine('@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-backend-wasm', 'onnxruntime-node'),
  },
  { files: ['src-main/engine/images/**'], rules: confine('sharp') },
  {
    files: ['test/**', 'bench/**'],
    rules: { 'no-restricted-imports': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
