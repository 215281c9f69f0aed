import { join } from 'node:path';
import { API_OPERATIONS, type ApiOperation } from '@stateful-route/console/operations';
import { createGenerator } from 'ts-json-schema-generator';
import { root } from './workspace.ts';

const folder = join(root, 'packages/console');

/** The file that describes the API of the console. */
export const consoleApiFile: string = join(folder, 'openapi.json');

/** The description of the console's API: its operations, with the types of the code as schemas. */
export function consoleApi(): string {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of API_OPERATIONS) {
    const path = (paths[`/api/v1${operation.path}`] ??= {});
    path[operation.method] = describeOperation(operation);
  }
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'The API of the stateful-route console',
      version: '1',
      description:
        'Times in ...At and ...Time are the store’s, in ms since the epoch; durations are in ms. A new release may add fields, types of journal entries, and events.',
    },
    security: [{ bearer: [] }, {}],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: schemas(),
    },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function describeOperation({ path, what, query = {}, body, answer, isStream }: ApiOperation): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: name === 'podId' ? 'integer' : 'string' },
  }));
  const inQuery = Object.entries(query).map(([name, { type, what: description, required = false }]) => ({
    name,
    in: 'query',
    required,
    description,
    schema: { type },
  }));
  const content = (type: string, schema: string): object => ({
    content: { [type]: { schema: reference(schema) } },
  });
  return {
    summary: what,
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { required: true, ...content('application/json', body) } }),
    responses: {
      200: { description: 'OK', ...content(isStream ? 'text/event-stream' : 'application/json', answer) },
      default: { description: 'An error', ...content('application/json', 'ApiError') },
    },
  };
}

const reference = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

function schemas(): object {
  const names = new Set(API_OPERATIONS.flatMap(({ body, answer }) => (body ? [body, answer] : [answer])));
  const generator = createGenerator({
    path: join(folder, 'src/api/types.ts'),
    tsconfig: join(folder, 'tsconfig.src.json'),
    // The compiler of the workspace checks the types; this one is an older.
    skipTypeCheck: true,
    additionalProperties: false,
    sortProps: true,
  });
  const all: Record<string, object> = {};
  for (const name of [...names, 'ApiError']) Object.assign(all, generator.createSchema(name).definitions);
  const sorted = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.parse(JSON.stringify(sorted), ofOpenApi) as object;
}

/** The generator writes draft 7 of JSON Schema; OpenAPI has other words for some of it. */
function ofOpenApi(name: string, value: unknown): unknown {
  if (name === '$ref') return (value as string).replace('#/definitions/', '#/components/schemas/');
  if (typeof value !== 'object' || value === null || !('items' in value && Array.isArray(value.items)))
    return value;
  const { items: prefixItems, ...rest } = value;
  return { ...rest, prefixItems, items: false };
}
