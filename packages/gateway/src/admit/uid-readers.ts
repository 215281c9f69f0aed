import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../admission.ts';
import { refuse } from './refusals.ts';
import { REPEATED, singleHeader } from './single-header.ts';

/** Reads a text from a request; `undefined` if it has none. */
export type Read = (request: IncomingMessage) => string | undefined | Refusal;

/** The value of a header, as sent. */
export const rawHeader = (name: string): Read => {
  const lower = name.toLowerCase();
  return (request) => {
    const value = singleHeader(request, lower);
    return value === REPEATED ? refuse(400, `The header ${name} was sent more than once.`) : value;
  };
};

/** The value of a cookie, as sent, without quotes around it. */
export const rawCookie = (name: string): Read => {
  return ({ headers }) => {
    // node:http joins repeated Cookie headers with "; ", so this sees all of them.
    const { cookie } = headers;
    if (cookie === undefined) return undefined;
    let found: string | undefined;
    for (const pair of cookie.split(';')) {
      const equals = pair.indexOf('=');
      if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
      if (found !== undefined) return refuse(400, `The cookie ${name} was sent more than once.`);
      const value = pair.slice(equals + 1).trim();
      found = /^".*"$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value;
    }
    return found;
  };
};

const ONE_PATH = 'The request target must be a path.';

/** A value of the query. `+` is a space, as in forms. */
export const queryUid = (name: string): Read => {
  return ({ url = '' }) => {
    if (!url.startsWith('/')) return refuse(400, ONE_PATH);
    const mark = url.indexOf('?');
    if (mark < 0) return undefined;
    let found: string | undefined;
    for (const pair of url.slice(mark + 1).split('&')) {
      const equals = pair.indexOf('=');
      const own = decoded((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
      if (own !== name) continue;
      if (found !== undefined) return refuse(400, `The query parameter ${name} was sent more than once.`);
      found = equals < 0 ? '' : pair.slice(equals + 1).replaceAll('+', ' ');
    }
    return found === undefined ? undefined : decodedUid(found);
  };
};

/** A segment that other readers of the same path resolve: `.`, `..`, also encoded, or with parameters. */
const DOTS = /^(?:\.|%2e){1,2}(?:;.*)?$/i;

/** A part of the path. A path that other readers could resolve to another one is refused. */
export const pathUid = (place: number): Read => {
  return ({ url = '' }) => {
    if (!url.startsWith('/')) return refuse(400, ONE_PATH);
    const mark = url.search(/[?#]/);
    const parts = (mark < 0 ? url : url.slice(0, mark)).slice(1).split('/');
    if (parts.some((part) => DOTS.test(part) || part.includes('\\'))) {
      return refuse(400, 'The path must have no "." or ".." parts and no backslash.');
    }
    // Others merge slashes, or decode them first, and so count the parts differently.
    const before = parts.length > place ? parts.slice(0, place) : [];
    if (before.some((part) => part === '' || /%(?:2f|5c)/i.test(part))) {
      return refuse(400, 'The path must have no empty parts and no encoded slash before the uid.');
    }
    const part = parts[place];
    return part === undefined || part === '' ? undefined : decodedUid(part);
  };
};

/** A uid that was sent percent-encoded. */
export const decoding = (read: Read): Read => {
  return (request) => {
    const raw = read(request);
    return typeof raw === 'string' ? decodedUid(raw) : raw;
  };
};

function decodedUid(raw: string): string | Refusal {
  // Beyond ASCII, node:http has one character for each byte: only an encoded uid is read by everybody alike.
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  const uid = /^[\u0000-\u007f]*$/.test(raw) ? decoded(raw) : undefined;
  return uid ?? refuse(400, 'The uid must be percent-encoded UTF-8.');
}

function decoded(raw: string): string | undefined {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
