import type { Logger } from '@stateful-route/core';
import { Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { type ActionRoutesParts, actionRoutes } from './action-routes.ts';
import { type ApiEnv, type Authorize, onlyHosts, onlyVisitors } from './access.ts';
import { describe, STATUS } from './failure.ts';
import { type PageFile, readPage } from './page-files.ts';
import { readRoutes, type ReadRoutesParts } from './read-routes.ts';

/** What the console's handler depends on. */
export interface ConsoleAppParts extends ReadRoutesParts, ActionRoutesParts {
  readonly authorize: Authorize;
  readonly allowHosts: readonly string[] | undefined;
  /** Where the console is mounted, without a slash at its end. */
  readonly path: string;
  readonly logger: Logger;
}

/** Nothing is loaded from elsewhere, nothing in a page's text is run, and no other page may frame this one. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
};

/** The page and its API. */
export function consoleApp(parts: ConsoleAppParts): Hono<ApiEnv> {
  const { authorize, allowHosts, path, logger } = parts;
  const app = new Hono<ApiEnv>();
  app.use(safeHeaders);
  if (allowHosts) app.use(onlyHosts(allowHosts));

  const api = new Hono<ApiEnv>();
  api.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });
  api.use(onlyVisitors(authorize));
  api.route('/', readRoutes(parts));
  api.route('/', actionRoutes(parts));
  api.all('*', (c) => c.notFound());
  app.route(`${path}/api/v1`, api);

  let files: ReadonlyMap<string, PageFile> | undefined;
  // Its addresses are relative to the folder.
  if (path !== '') app.get(path, (c) => c.redirect(`${path}/`, 308));
  app.get(`${path}/*`, async (c, next) => {
    files ??= readPage();
    const file = files.get(c.req.path.slice(path.length + 1));
    if (!file) return next();
    const caching = file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache';
    return c.body(file.body, 200, { 'content-type': file.type, 'cache-control': caching });
  });

  app.notFound((c) => {
    const message = `There is no ${c.req.method} ${c.req.path}.`;
    return c.json({ error: { code: 'NOT_FOUND', message } }, 404);
  });
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    const body = describe(error);
    if (body.code === 'INTERNAL')
      logger.error({ err: error, path: c.req.path }, 'a request to the console failed');
    return c.json({ error: body }, STATUS[body.code]);
  });
  return app;
}
