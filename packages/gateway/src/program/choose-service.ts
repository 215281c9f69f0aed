import type { IncomingMessage } from 'node:http';
import type { ServiceConfig } from './service-config.ts';

/** Finds the service of a request; undefined if it belongs to none. */
export type ChooseService<Service> = (request: IncomingMessage) => Service | undefined;

/**
 * Finds services by the request's host and path, of which the most exact wins: a named host before any, then the longest path.
 * A path holds for what is below it, too: `/rooms` for `/rooms/ada`, not for `/roomsize`.
 */
export function serviceChooser<Service extends { readonly config: ServiceConfig }>(
  services: readonly Service[],
): ChooseService<Service> {
  const rules = services.flatMap((service) =>
    or(service.config.hosts).flatMap((host) =>
      or(service.config.paths).map((path) => ({ service, host, path })),
    ),
  );
  rules.sort((a, b) => Number(b.host !== '') - Number(a.host !== '') || b.path.length - a.path.length);
  const [only] = rules;
  if (rules.length === 1 && only?.host === '' && only.path === '') return () => only.service;
  return ({ headers, url = '' }) => {
    const host = (headers.host ?? '').toLowerCase().replace(/:\d*$/, '');
    return rules.find(({ host: own, path }) => (own === '' || own === host) && isBelow(url, path))?.service;
  };
}

function isBelow(url: string, path: string): boolean {
  return url.startsWith(path) && (url.length === path.length || '/?#'.includes(url[path.length]!));
}

const or = (list: readonly string[]): readonly string[] => (list.length === 0 ? [''] : list);
