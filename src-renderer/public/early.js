// Runs before the first paint, so that neither theme nor language flashes. A file of its own: the page's content
// security policy allows no inline script. Keys as in state/preferences.svelte.ts.
try {
  var theme = localStorage.getItem('fovea.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  var locale = localStorage.getItem('fovea.locale');
  if (locale === 'en' || locale === 'ko') document.documentElement.lang = locale;
} catch {
  // storage is closed to the page: system theme, first language
}
