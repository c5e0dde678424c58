/**
 * Who may talk to the server. It listens on loopback only, and still any program, page or other user of the machine can
 * reach that: so the address that we print carries a token, the token becomes a cookie that scripts cannot read, and
 * everything else needs the cookie.
 *
 * - Another page cannot use the cookie: SameSite=Strict, and what another origin starts is refused by its headers.
 *   (SameSite alone is not enough: it takes every port of 127.0.0.1 for the same site.)
 * - A page that points its own name at 127.0.0.1 (DNS rebinding) gives itself away by the Host header. Any port is let
 *   through there, since `ssh -L 9000:127.0.0.1:8321` makes it another than ours.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendFailure } from './respond.ts';

const OWN_HOST = /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/i;

export class Session {
  readonly token: string;
  /** Cookies know no ports: the name keeps two servers of one machine apart. */
  readonly #cookieName: string;
  readonly #secret = randomBytes(32).toString('base64url');

  constructor(port: number, token = randomBytes(32).toString('base64url')) {
    this.token = token;
    this.#cookieName = `fovea-${port}`;
  }

  /** Lets a request through, or answers it itself. @returns whether the request may go on */
  admit(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (!OWN_HOST.test(request.headers.host ?? '')) return refuse(response, 'This address is not one of Fovea.');
    const token = url.pathname === '/' && request.method === 'GET' ? url.searchParams.get('token') : null;
    if (token !== null) {
      if (!isSame(token, this.token)) return refuse(response, KEY_NEEDED);
      this.#welcome(request, response);
      return false;
    }
    if (!isSame(cookieOf(request, this.#cookieName), this.#secret)) return refuse(response, KEY_NEEDED);
    if (!isFromOwnPage(request, url)) return refuse(response, 'Only the page of Fovea itself may ask for this.');
    return true;
  }

  /** Turns the token into the cookie and takes it out of the address. */
  #welcome(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('set-cookie', `${this.#cookieName}=${this.#secret}; HttpOnly; SameSite=Strict; Path=/`);
    response.setHeader('cache-control', 'no-store');
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      // A link on another page: through a redirect the browser would keep the strict cookie back, so the page itself goes on.
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>Fovea</title>');
      return;
    }
    response.writeHead(303, { location: '/' }).end();
  }
}

const KEY_NEEDED =
  'Open Fovea with the whole address that it printed when it started; the part after "token=" is the key.';

function refuse(response: ServerResponse, message: string): false {
  sendFailure(response, { code: 'session/refused', message, details: {} });
  return false;
}

/** Compares in a time that tells nothing about where the two differ. */
export function isSame(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function cookieOf(request: IncomingMessage, name: string): string {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}

/** Whether our own page asks. To read a page or picture, silence will do; to change or call something it will not. */
function isFromOwnPage(request: IncomingMessage, url: URL): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return false;
  const isReading = (request.method === 'GET' || request.method === 'HEAD') && !url.pathname.startsWith('/rpc');
  if (site !== undefined) return site === 'same-origin' || (isReading && site === 'none');
  return isReading || origin !== undefined;
}
