import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { toFailure } from '../studio/failures.ts';
import { appRoot } from '../system/app-root.ts';
import { openStudio, type Studio, type StudioOptions } from '../studio/studio.ts';
import { sendExport, sendLog } from './downloads.ts';
import { sendHeatMap } from './heat-maps.ts';
import { sendImage } from './images.ts';
import { listen, listenAsBefore } from './listen.ts';
import { predictPicture } from './predict.ts';
import { sendFailure, sendNotFound } from './respond.ts';
import { createRpc } from './rpc.ts';
import { Session } from './session.ts';
import { servePage, setSecurityHeaders } from './static.ts';
import { takeUpload } from './upload.ts';

export interface ServerOptions extends StudioOptions {
  /** 0 or absent: that of last time, or a free one. */
  readonly port?: number;
  /** The key in the address; by default a random one. */
  readonly token?: string;
  /** The built page. */
  readonly pageFolder?: string;
}

export interface RunningServer {
  /** The address to open, with the key of this session. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  /** Ends the workers and lets go of the port and the data folder. What ran is kept as interrupted. */
  close(): Promise<void>;
}

/**
 * Starts the one door: everything that shows Fovea comes through this address of this machine.
 *
 * @throws EngineError `run/busy` if the data folder is open elsewhere, `setting/out-of-range` if the port cannot be had
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const studio = await openStudio(options);
  const server = createServer();
  let port: number;
  try {
    port = options.port
      ? await listen(server, options.port)
      : await listenAsBefore(server, join(options.dataFolder, 'port'), (error) =>
          studio.log.error('The port could not be kept.', error),
        );
  } catch (error) {
    await studio.close();
    throw error;
  }
  const session = new Session(port, options.token);
  const handle = createHandler(studio, session, options.pageFolder ?? join(appRoot(), 'dist', 'renderer'));
  server.on('request', (request, response) => void handle(request, response));
  const origin = `http://127.0.0.1:${port}`;
  return {
    url: `${origin}/?token=${encodeURIComponent(session.token)}`,
    origin,
    port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await studio.close(); // first, so that followers see their runs end
      server.closeAllConnections();
      await closed;
    },
  };
}

function createHandler(studio: Studio, session: Session, pageFolder: string) {
  const rpc = createRpc(studio);
  const page = servePage(pageFolder);

  async function route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { method } = request;
    const isReading = method === 'GET' || method === 'HEAD';
    const [area = '', first = '', second = '', third, ...rest] = url.pathname.slice(1).split('/');
    const isPair = first !== '' && second !== '' && rest.length === 0;
    if (area === 'rpc') return rpc(request, response);
    if (area === 'images' && isReading && isPair && third === undefined) {
      return sendImage(studio, [first, second], url, request, response);
    }
    if (area === 'heatmaps' && isReading && isPair && third !== undefined) {
      return sendHeatMap(studio, [first, second, third], url, request, response);
    }
    if (area === 'predict' && method === 'POST' && isPair && third === undefined) {
      return predictPicture(studio, [first, second], url, request, response);
    }
    if (area === 'upload' && method === 'PUT' && first !== '' && second === '') {
      return takeUpload(studio, first, url, request, response);
    }
    if (area === 'exports' && isReading && isPair && third !== undefined) {
      return sendExport(studio, [first, second, third], response);
    }
    if (area === 'log' && isReading && first === '') return sendLog(studio, response);
    if (['images', 'heatmaps', 'predict', 'upload', 'exports', 'log'].includes(area) || !isReading) {
      return sendNotFound(response, `Fovea does not know ${method} ${url.pathname}.`);
    }
    return page(request, response);
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    setSecurityHeaders(response);
    const url = parseUrl(request);
    try {
      if (url === null) return sendNotFound(response, 'Fovea does not understand this address.');
      if (session.admit(request, response, url)) await route(request, response, url);
    } catch (error) {
      if (response.destroyed) return; // whoever asked has left
      sendFailure(response, toFailure(error, `${request.method} ${url?.pathname}`, studio.log));
    }
  };
}

function parseUrl({ url = '/' }: IncomingMessage): URL | null {
  return URL.canParse(url, 'http://127.0.0.1') && url.startsWith('/') ? new URL(`http://127.0.0.1${url}`) : null;
}
