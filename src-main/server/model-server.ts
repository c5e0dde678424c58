/** `fovea serve-model`: one trained model over HTTP. Plain Node, like the app's own server: the model is in a child. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ServedModel } from '../contract/model-service.ts';
import { ClassifierProcess } from '../studio/classifier-process.ts';
import type { Log } from '../studio/log.ts';
import { workerFile } from '../studio/paths.ts';
import { Admission } from './admission.ts';
import { listen } from './listen.ts';
import { answerPredict } from './model-predict.ts';
import { describeService } from './model-openapi.ts';
import { requireWelcome } from './model-visitors.ts';
import { RequestError, sendProblem } from './problem.ts';
import { sendJson } from './respond.ts';

export interface ModelServerOptions {
  readonly modelFolder: string;
  /** What the answers call it. */
  readonly name: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Requests that may be read, wait or be classified at a time; more are told to come again. */
  readonly queueLength: number;
  /** What one picture may weigh. */
  readonly mostPictureBytes: number;
  /** How many of the most probable classes an answer holds; null: all, in the model's order. */
  readonly top: number | null;
  /** What callers must show; null: nothing. */
  readonly token: string | null;
  readonly log: Log;
  /** How long a client may take to send a request, headers and body. */
  readonly requestLimitMs?: number;
  /** How long `close` waits for what is under way. */
  readonly endLimitMs?: number;
  /** The program that holds the model. */
  readonly worker?: string;
}

export interface ModelServer {
  /** "http://127.0.0.1:8080" */
  readonly url: string;
  readonly model: ServedModel;
  /** Takes nothing new, finishes what is under way, and ends the model's process. */
  close(): Promise<void>;
}

/**
 * Bodies of all requests together. With 200 clients that sent pictures of 6 MB without a pause, the server's process took
 * 530 MB at most, and 630 MB with twice this room.
 */
const HELD_BYTES = 256 * 2 ** 20;

/** All pictures of a form together, or one picture where that may be larger. */
const FORM_BYTES = 64 * 2 ** 20;

const REQUEST_LIMIT_MS = 60_000;
const HEADERS_LIMIT_MS = 10_000;
const END_LIMIT_MS = 30_000;

/** Longer than proxies and clients keep a connection that they may use again. */
const IDLE_LIMIT_MS = 75_000;

/** Connections, idle ones too. Each costs a few kilobytes, and the system's files. */
const MOST_CONNECTIONS = 1000;

/**
 * Opens a model and serves it.
 *
 * @throws EngineError `model/not-found`, `model/corrupt`, `run/crashed`; `setting/out-of-range` if host or port cannot be had
 */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const { modelFolder, log, host, worker = workerFile('classify') } = options;
  const { requestLimitMs = REQUEST_LIMIT_MS, endLimitMs = END_LIMIT_MS } = options;
  const classifier = new ClassifierProcess({ modelFolder, worker, log });
  const server = createServer({
    requestTimeout: requestLimitMs,
    headersTimeout: Math.min(HEADERS_LIMIT_MS, requestLimitMs),
    keepAliveTimeout: IDLE_LIMIT_MS,
    connectionsCheckingInterval: Math.min(1000, requestLimitMs),
  });
  server.maxConnections = MOST_CONNECTIONS;
  try {
    const model = await classifier.open();
    const handler = createHandler(options, model, classifier);
    server.on('request', handler.handle);
    const port = await listen(server, options.port, host);
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
      model,
      async close() {
        handler.end();
        const closed = new Promise((resolve) => server.close(resolve));
        const timer = setTimeout(() => server.closeAllConnections(), endLimitMs);
        await closed;
        clearTimeout(timer);
        classifier.close();
      },
    };
  } catch (error) {
    classifier.close();
    throw error;
  }
}

function createHandler(options: ModelServerOptions, model: ServedModel, classifier: ClassifierProcess) {
  const { name, token, host, log, top, mostPictureBytes } = options;
  const formBytes = Math.max(FORM_BYTES, mostPictureBytes);
  const admission = new Admission({ requests: options.queueLength, bytes: Math.max(HELD_BYTES, 2 * formBytes) });
  const service = { name, model, classifier, admission, top, limits: { pictureBytes: mostPictureBytes, formBytes } };
  const description = describeService(name, token !== null);
  const unanswered = new Set<ServerResponse>();
  let isEnding = false;

  const readings: Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>> = {
    '/': (response, { headers }) =>
      response.setHeader('content-type', 'text/plain; charset=utf-8').end(welcome(options, model, headers.host)),
    '/labels': (response) => sendJson(response, 200, { labels: model.labels }),
    '/openapi.json': (response) => sendJson(response, 200, description),
    '/healthz': (response) =>
      sendJson(response, isEnding ? 503 : 200, {
        status: isEnding ? 'ending' : 'ok',
        model: name,
        underWay: admission.underWay,
      }),
  };

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const read = Object.hasOwn(readings, path) ? readings[path] : undefined;
    if (path !== '/healthz') requireWelcome(request, { token, host });
    if (path !== '/predict' && read === undefined)
      throw new RequestError(404, 'request/refused', `There is nothing at ${path}. GET / says what there is.`);
    const allowed = read === undefined ? ['POST'] : ['GET', 'HEAD'];
    if (!allowed.includes(request.method ?? ''))
      throw new RequestError(405, 'request/refused', `${path} is asked with ${allowed[0]}, not ${request.method}.`, {
        headers: { allow: allowed.join(', ') },
      });
    if (read !== undefined) return read(response, request);
    if (isEnding) throw new RequestError(503, 'run/busy', 'The server ends.', { headers: { 'retry-after': '10' } });
    await answerPredict(service, request, response);
  }

  return {
    handle(request: IncomingMessage, response: ServerResponse): void {
      response.setHeader('x-content-type-options', 'nosniff');
      if (isEnding) response.setHeader('connection', 'close');
      unanswered.add(response);
      response.once('close', () => unanswered.delete(response));
      route(request, response).catch((error: unknown) => {
        if (!response.destroyed) sendProblem(response, error, log);
        // A client that is still sending reads no answer before it has sent everything.
        request.once('end', () => isEnding && request.socket.destroySoon()).resume();
      });
    },
    /** From now on connections are not kept once they are answered: kept ones would hold up the end. */
    end(): void {
      isEnding = true;
      for (const response of unanswered) if (!response.headersSent) response.setHeader('connection', 'close');
    },
  };
}

/** @param address  host and port by which the caller has found the server */
function welcome(
  { name, token }: ModelServerOptions,
  { labels, backbone, engine }: ServedModel,
  address = 'HOST:PORT',
): string {
  const key = token === null ? '' : " -H 'Authorization: Bearer TOKEN'";
  return `${[
    `${name}: a classifier of ${labels.length} classes, made with Fovea (${backbone}, ${engine}).`,
    '',
    `  curl${key} -F file=@photo.jpg -F file=@another.png http://${address}/predict`,
    `  curl${key} -H 'Content-Type: image/jpeg' --data-binary @photo.jpg http://${address}/predict`,
    '',
    'GET /labels, /healthz, /openapi.json',
  ].join('\n')}\n`;
}
