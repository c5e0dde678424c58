/** The description of `fovea serve-model` for programs: OpenAPI 3.1, its schemas those that the server answers by. */
import { z } from 'zod';
import { healthAnswer, labelsAnswer, predictAnswer, problem } from '../contract/model-service.ts';
import { appVersion } from '../system/app-version.ts';

const SCHEMAS = { Prediction: predictAnswer, Labels: labelsAnswer, Health: healthAnswer, Problem: problem };

/** Why each status is given. */
const PROBLEMS = {
  400: 'The form cannot be read, or there is no picture',
  401: 'The token is missing or wrong',
  403: 'The page of another site asks, or the Host header names another machine',
  404: 'There is nothing at this address',
  405: 'The address is asked with another method',
  413: 'A picture or the whole body is above the limit',
  415: 'The body is neither picture nor form, or compressed',
  422: 'None of the pictures can be read; `skipped` says why',
  500: 'A fault of the server; its log says more',
  503: 'The server has no room now, or ends: ask again after the seconds of Retry-After',
} as const;
type Status = keyof typeof PROBLEMS;

const binary = { schema: { type: 'string', format: 'binary' } };
const form = {
  type: 'object',
  properties: { file: { type: 'array', items: { type: 'string', format: 'binary' } } },
  required: ['file'],
};

/** @param needsToken  whether the server asks for one */
export function describeService(title: string, needsToken: boolean): Record<string, unknown> {
  const guards: readonly Status[] = needsToken ? [401] : [403];
  return {
    openapi: '3.1.0',
    info: {
      title: `Fovea: ${title}`,
      version: appVersion(),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    ...(needsToken ? { security: [{ token: [] }] } : {}),
    paths: {
      '/predict': {
        post: {
          operationId: 'predict',
          summary: 'Name what is in one or more pictures',
          requestBody: {
            required: true,
            description:
              'A picture as it is, or a form with one or more files of any field name. JPEG, PNG, WebP, AVIF, HEIC, GIF, TIFF or BMP, told by its content.',
            content: { 'image/*': binary, 'application/octet-stream': binary, 'multipart/form-data': { schema: form } },
          },
          responses: {
            ...answer('Prediction', 'What the model says'),
            ...problems([400, ...guards, 413, 415, 422, 500, 503]),
          },
        },
      },
      '/labels': reading('labels', 'The class names', 'Labels', guards),
      '/healthz': {
        get: {
          ...reading('health', 'Whether the server takes pictures; asks for no token', 'Health', []).get,
          security: [],
          responses: { ...answer('Health', 'It does'), 503: { ...answer('Health', 'It ends')[200] } },
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'description',
          summary: 'This description',
          responses: {
            200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
            ...problems(guards),
          },
        },
      },
    },
    components: {
      schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, toSchema(schema)])),
      ...(needsToken ? { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } : {}),
    },
  };
}

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it is; its own `$schema` is said once for the whole document. */
function toSchema(schema: z.ZodType): Record<string, unknown> {
  const parts = Object.entries(z.toJSONSchema(schema, { target: 'draft-2020-12' }));
  return Object.fromEntries(parts.filter(([name]) => name !== '$schema'));
}

function reading(operationId: string, summary: string, schema: keyof typeof SCHEMAS, guards: readonly Status[]) {
  return { get: { operationId, summary, responses: { ...answer(schema, summary), ...problems(guards) } } };
}

function answer(schema: keyof typeof SCHEMAS, description: string) {
  return { 200: { description, content: { 'application/json': { schema: referTo(schema) } } } };
}

function problems(statuses: readonly Status[]): Record<string, unknown> {
  const content = { 'application/problem+json': { schema: referTo('Problem') } };
  const retry = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } };
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: PROBLEMS[status], content, ...(status === 503 ? { headers: retry } : {}) },
    ]),
  );
}

const referTo = (schema: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${schema}` });
