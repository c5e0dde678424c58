// @ts-check
/**
 * The parts of bits-ui's Command lie in wrappers with a style attribute, which the page's content security policy refuses
 * and reports as an error. As a directive it is set by script, which the policy allows.
 *
 * @type {import('svelte/compiler').PreprocessorGroup}
 */
const withoutStyleAttributes = {
  name: 'without-style-attributes',
  markup({ content, filename = '' }) {
    if (!filename.includes('bits-ui')) return undefined;
    return { code: content.replaceAll('style="display: contents;"', 'style:display="contents"') };
  },
};

/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default { compilerOptions: { runes: true }, preprocess: withoutStyleAttributes };
