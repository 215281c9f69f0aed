import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { HostPort } from '@stateful-route/core/adapter';
import { type HttpBindings, getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { type AuthAnswer, authRequest, isAuthRequest } from './auth-request.ts';
import { desiredReplicas } from './desired-replicas.ts';
import { adminGuard } from './guard.ts';
import { type AdminService, type Answer, lookUp, type LookUpParts, place } from './look-up.ts';

/** What the admin listener answers from. */
export interface AdminParts extends LookUpParts {
  readonly services: ReadonlyMap<string, AdminService>;
  readonly authRequest: boolean;
  /** The token that is asked for. Without one, who can reach the listener is let in. */
  readonly token: string | undefined;
  readonly scrape: () => Promise<string>;
  /** Why no requests should be sent here; empty if they should. */
  readonly notReady: () => readonly string[];
  /** Why the process should be restarted; empty if it should not. */
  readonly notAlive: () => readonly string[];
}

/** A listener that ends. */
export interface AdminServer {
  readonly address: HostPort;
  close(): Promise<void>;
}

type Env = { Bindings: HttpBindings };

const USER = /^\/v1\/services\/([^/?]+)\/users\/([^/?]+)$/;
const REPLICAS = /^\/v1\/services\/([^/?]+)\/desired-replicas$/;
const AUTH_REQUEST = /^\/v1\/services\/([^/?]+)\/auth-request(?:\?refusals=(\d+))?$/;

/** Answers look-ups, metrics and probes, and nothing of the services' own requests. */
function adminApp(parts: AdminParts): Hono<Env> {
  const guard = adminGuard(parts.token);
  const app = new Hono<Env>();
  // The probes of Kubernetes bring no token, and say no more than whether.
  app.get('/livez', (context) => probe(context, parts.notAlive()));
  app.get('/readyz', (context) => probe(context, parts.notReady()));
  app.use(async (context, next) => {
    const { incoming } = context.env;
    const refusal = guard(incoming, authPath(parts, incoming) !== null && isAuthRequest(incoming));
    if (!refusal) return next();
    const headers: Record<string, string> = refusal.status === 401 ? { 'www-authenticate': 'Bearer' } : {};
    return context.json({ error: { code: 'REFUSED', message: refusal.why } }, refusal.status, headers);
  });
  app.get('/metrics', async (context) => context.text(await parts.scrape()));
  // Matched as sent: a router decodes, and resolves `..`, which may be part of a uid.
  app.all('/v1/*', async (context) => {
    const { incoming } = context.env;
    const auth = authPath(parts, incoming);
    if (auth) {
      const [, name = '', refusals] = auth;
      const ask = (own: AdminService): Promise<AuthAnswer> =>
        authRequest(own, incoming, refusals === undefined ? undefined : Number(refusals));
      return authAnswer(context, await withService(parts, name, ask));
    }
    const [, scaled] = REPLICAS.exec(incoming.url ?? '') ?? [];
    if (scaled !== undefined) {
      if (context.req.method !== 'GET') return context.body(null, 405, { allow: 'GET' });
      return jsonAnswer(context, await withService(parts, scaled, (own) => desiredReplicas(parts, own)));
    }
    const [, name, uid] = USER.exec(incoming.url ?? '') ?? [];
    const answer = name === undefined ? undefined : await userAnswer(parts, context.req.method, name, uid!);
    return answer === 'method'
      ? context.body(null, 405, { allow: 'GET, POST' })
      : jsonAnswer(context, answer);
  });
  return app;
}

function authPath(parts: AdminParts, { url = '' }: IncomingMessage): RegExpExecArray | null {
  return parts.authRequest ? AUTH_REQUEST.exec(url) : null;
}

function probe(context: Context<Env>, problems: readonly string[]): Response {
  return problems.length === 0 ? context.text('ok') : context.text('no', 503);
}

function withService<T>(parts: AdminParts, name: string, ask: (service: AdminService) => T): T | undefined {
  const service = parts.services.get(name);
  return service && ask(service);
}

function userAnswer(
  parts: AdminParts,
  method: string,
  name: string,
  uid: string,
): Promise<Answer> | 'method' | undefined {
  return withService(parts, name, (service) => {
    if (method === 'GET') return lookUp(parts, service, uid);
    return method === 'POST' ? place(service, uid) : 'method';
  });
}

const NOT_FOUND = { error: { code: 'NOT_FOUND', message: 'There is no such service, or no such path.' } };

function jsonAnswer(context: Context<Env>, answer: Answer | undefined): Response {
  if (!answer) return context.json(NOT_FOUND, 404);
  const { status, body, retryAfterMs } = answer;
  if (retryAfterMs === undefined) return context.json(body, status);
  return context.json(body, status, { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) });
}

function authAnswer(context: Context<Env>, answer: AuthAnswer | undefined): Response {
  return answer
    ? new Response(null, { status: answer.status, headers: answer.headers })
    : context.json(NOT_FOUND, 404);
}

/** Listens for the program's own users. */
export async function listenForAdmin(parts: AdminParts, { host, port }: HostPort): Promise<AdminServer> {
  const app = adminApp(parts);
  const listener = getRequestListener((request, env) => app.fetch(request, env));
  const server = createServer((request, response) => void listener(request, response));
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address();
  return {
    address: { host, port: typeof bound === 'object' && bound ? bound.port : port },
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}
