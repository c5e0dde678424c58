import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import sirv from 'sirv';

/** The page may load nothing but itself, be framed by nobody and send nothing anywhere: "nothing leaves this machine". */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "font-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');

/** On every answer, whatever it is. */
export function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
}

/**
 * Serves the built page. Files with a hash in their name never change; the page that names them is asked for each time.
 * Each file is looked up when it is asked for (sirv's `dev`): from a list made at the start, a file that a new build has
 * removed would be opened all the same, and its unhandled error would end the server with all that it runs.
 */
export function servePage(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
  const files = sirv(folder, {
    dev: true,
    etag: true,
    setHeaders: (response, pathname) => {
      const isHashed = pathname.startsWith('/assets/');
      response.setHeader('cache-control', isHashed ? 'private, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return (request, response) =>
    files(request, response, () => {
      const isBuilt = existsSync(join(folder, 'index.html'));
      response.writeHead(isBuilt ? 404 : 503, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(isBuilt ? 'Not found\n' : 'The page is not built. Run: npm run build\n');
    });
}
