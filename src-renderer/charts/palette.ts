/** Colours and type for canvases, which cannot read custom properties or light-dark(). */

export interface Palette {
  readonly train: string;
  readonly validation: string;
  readonly grid: string;
  readonly axis: string;
  readonly ink: string;
  readonly surface: string;
  readonly font: string;
}

const TOKENS = {
  train: '--series-train',
  validation: '--series-validation',
  grid: '--grid',
  axis: '--axis',
  ink: '--ink-3',
  surface: '--surface',
} as const;

/** The tokens as they hold at an element now. */
export function readPalette(element: Element): Palette {
  const names = Object.keys(TOKENS) as (keyof typeof TOKENS)[]; // as: the keys of a literal
  const colours = readColours(
    element,
    names.map((name) => TOKENS[name]),
  );
  return {
    ...(Object.fromEntries(names.map((name, index) => [name, colours[index]])) as Record<keyof typeof TOKENS, string>), // as: a colour each
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
}

/** Other tokens, such as those of classes: `--class-1`. */
export function readColours(element: Element, tokens: readonly string[]): readonly string[] {
  const probe = document.createElement('span');
  element.append(probe);
  const colours = tokens.map((token) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return colours;
}

/** The font as a canvas needs it, whose pixels are those of the screen. */
export function scaledFont(font: string): string {
  return font.replace(/^\d+px/, (size) => `${parseInt(size, 10) * devicePixelRatio}px`);
}

/** Calls back when the theme changes, by the system or by the user's choice, and when the fonts have come. Returns the way to stop it. */
export function onThemeChange(callback: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(callback);
  system.addEventListener('change', callback);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  let isStopped = false;
  void document.fonts.ready.then(() => {
    if (!isStopped) callback(); // labels drawn before the font came would stay in another
  });
  return () => {
    isStopped = true;
    system.removeEventListener('change', callback);
    chosen.disconnect();
  };
}
