// @ts-check
/// <reference lib="dom" />
/** Runs in every page that is measured, before its own scripts, and leaves in `bench` what it saw. */

{
  /** @type {import('./app.js').Seen} */
  const bench = { tiles: { first: 0, all: 0 }, mostTiles: 0, events: [], longTasks: [] };
  let isShown = () => {};
  const shown = new Promise((resolve) => (isShown = () => resolve(true)));
  const painted = new Promise((resolve) =>
    new PerformanceObserver((list) => {
      const [entry] = list.getEntriesByName('first-contentful-paint');
      if (entry !== undefined) resolve({ firstPaint: entry.startTime, timeOrigin: performance.timeOrigin });
    }).observe({ type: 'paint', buffered: true }),
  );
  Object.assign(globalThis, { bench: Object.assign(bench, { shown, painted }) });

  const look = () => {
    const cells = [...document.querySelectorAll('[role="gridcell"]')];
    bench.mostTiles = Math.max(bench.mostTiles, cells.length);
    if (bench.tiles.all === 0) lookForPictures(cells.filter((cell) => cell.getBoundingClientRect().top < innerHeight));
    requestAnimationFrame(look);
  };
  if (location.hash.includes('/data')) requestAnimationFrame(look); // elsewhere a look at every frame would be work of its own

  const lookForPictures = (/** @type {readonly Element[]} */ cells) => {
    const images = cells.flatMap((cell) => [...cell.querySelectorAll('img')]);
    const drawn = images.filter((image) => image.complete && image.naturalWidth > 0);
    if (bench.tiles.first === 0 && drawn.length > 0) bench.tiles.first = performance.now();
    if (images.length <= 10 || drawn.length < images.length) return;
    bench.tiles.all = performance.now();
    isShown();
  };

  /** @type {PerformanceObserverInit & { durationThreshold: number }} */
  const events = { type: 'event', durationThreshold: 16 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!(entry instanceof PerformanceEventTiming) || entry.interactionId === 0) continue;
      bench.events.push({ id: entry.interactionId, name: entry.name, ms: entry.duration });
    }
  }).observe(events);
  new PerformanceObserver((list) => {
    bench.longTasks.push(...list.getEntries().map(({ duration }) => duration));
  }).observe({ type: 'longtask' });
}
