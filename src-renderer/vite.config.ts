import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;
/** Where a server runs that a page under development talks to: `fovea serve --port 4141 --no-open`. */
const app = process.env['FOVEA_URL'] ?? 'http://127.0.0.1:4141';

/** Compiles the messages before a build, and again when one changes. */
function messages(): Plugin {
  const compile = (): void => {
    execFileSync(process.execPath, [join(root, 'compile-messages.js')], { stdio: 'inherit' });
  };
  return {
    name: 'fovea-messages',
    buildStart: compile,
    handleHotUpdate({ file }) {
      if (file.startsWith(join(root, 'messages'))) compile();
    },
  };
}

export default defineConfig({
  root,
  base: './',
  plugins: [messages(), svelte({ configFile: join(root, 'svelte.config.js') })],
  build: {
    outDir: join(root, '..', 'dist', 'renderer'),
    emptyOutDir: true,
    target: 'chrome120',
    modulePreload: { polyfill: false },
    minify: 'terser', // 4 % smaller once compressed than the minifier of the bundler
    terserOptions: { module: true, compress: { ecma: 2020 } },
    chunkSizeWarningLimit: 700, // kB before compression; each screen is a part of its own, and all of it comes from this machine
    // One style sheet, and one part for what several screens use: sixty files of a kilobyte each took longer to ask for than to
    // read (a browser asks a server for six at a time), and are a sixth larger when compressed. Curves are in their own part.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'shared', minShareCount: 2, test: (id) => !/\/uplot\/|\/charts\//.test(id) }],
        },
      },
    },
    assetsInlineLimit: 0, // `data:` is not in the page's content security policy
  },
  server: {
    // While developing: the page from Vite, everything else from a running `fovea serve`. Its printed address has to be
    // opened once: cookies do not tell ports apart, so the page is then signed in here too.
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/rpc', '/images', '/upload', '/exports', '/log', '/licences.json'].map((path) => [
        path,
        { target: app, changeOrigin: true, headers: { origin: app } },
      ]),
    ),
  },
});
