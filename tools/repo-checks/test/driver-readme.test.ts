import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConfigProfile,
  resolveConfig,
  type RouteConfig,
  type RouteConfigInput,
  type RouteErrorCode,
} from '@stateful-route/driver';
import { expect, it } from 'vitest';
import { root } from '../src/workspace.ts';

const readme = readFileSync(join(root, 'packages/driver/README.md'), 'utf8');

/** The rows of the table below a heading, by the names in their first column. */
function table(heading: string): Map<string, string[]> {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.matchAll(/^\| (`.+?) \|(.*)\|$/gm);
  return new Map(
    [...rows].flatMap(([, names = '', cells = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [
        name,
        cells.split('|').map((cell) => cell.trim()),
      ]),
    ),
  );
}

/** A value as the table spells it: without quotes, and "none" where there is none. */
const spelled = (value: unknown): string => JSON.stringify(value ?? 'none').replaceAll('"', '');

/** The names of values that have two, each with the one that a resolved configuration has. */
const plainNames: Record<Exclude<keyof RouteConfigInput, keyof RouteConfig>, keyof RouteConfig> = {
  temporaryLinkSeconds: 'linkInfoCacheTimeSecs',
  leaseSeconds: 'stateCacheExpireSecs',
  heartbeatSeconds: 'serviceStateUpdatePeriodSeconds',
};

it.each<[ConfigProfile, (cells: string[]) => string | undefined]>([
  ['realtime', ([, realtime]) => realtime],
  ['compat', ([, realtime, compat]) => (compat === '–' ? realtime : compat)],
])("the driver's README has every name of the configuration, with its value in %s", (profile, valueIn) => {
  const { profile: _, ...config } = resolveConfig({ profile });
  const named = Object.entries(plainNames).map(([plain, older]) => [
    plain,
    config[older as keyof typeof config],
  ]);
  const values = { ...config, ...Object.fromEntries(named) };
  const documented = [...table('Configuration')].map(([name, cells]) => [name, valueIn(cells)]);
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, spelled(value)])),
  );
});

it("the driver's README has every code of an error", () => {
  const codes: Record<RouteErrorCode, true> = {
    ALREADY_RUNNING: true,
    FENCED: true,
    INTERNAL_ERROR: true,
    INVALID_CONFIG: true,
    INVALID_PARAMETER: true,
    MISSING_DEPENDENCY: true,
    NAMESPACE_NOT_LOCAL: true,
    NOT_RUNNING: true,
    NOT_SAVED: true,
    OVERLOADED: true,
    POD_NOT_AVAILABLE: true,
    POD_NOT_FOUND: true,
    SERVICE_NOT_READY: true,
    STORE_ERROR: true,
    TIMEOUT: true,
  };
  expect([...table('Errors').keys()].toSorted()).toEqual(Object.keys(codes));
});
