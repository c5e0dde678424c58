/**
 * Who may use a served model. With a token: who shows it. Without one, any program that reaches the address, but no
 * page of another site in the user's browser: it would give itself away by its origin, or, having pointed its own name
 * at this machine (DNS rebinding), by the Host header.
 */
import type { IncomingMessage } from 'node:http';
import { RequestError } from './problem.ts';
import { isSame } from './session.ts';

const LOOPBACK_NAME = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?$/i;

/** Whether only programs of this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAME.test(host) || host === '::1';
}

/** @throws RequestError 401 or 403 `session/refused` */
export function requireWelcome(
  { headers }: IncomingMessage,
  { token, host }: { readonly token: string | null; readonly host: string },
): void {
  if (token !== null) {
    const [, given = ''] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? [];
    if (isSame(given, token)) return;
    throw new RequestError(
      401,
      'session/refused',
      'The token is missing or wrong. Send the one that the server was started with: "Authorization: Bearer TOKEN".',
      { headers: { 'www-authenticate': 'Bearer' } },
    );
  }
  if (isLoopback(host) && !isLoopback(headers.host ?? ''))
    throw new RequestError(
      403,
      'session/refused',
      `The request is for "${headers.host ?? ''}", and this server answers for this machine alone. Start it with --token to use another name, as behind a proxy.`,
    );
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${headers.host}` && origin !== `https://${headers.host}`)
    throw new RequestError(
      403,
      'session/refused',
      `A page of ${origin} asks. Pages of other sites may not use a server without a token.`,
    );
}
