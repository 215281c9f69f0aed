import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  checkDuration,
  checkInteger,
  invalidConfig,
  invalidParameter,
  optionFaults,
} from '@stateful-route/core/adapter';
import type { JwtUid } from '../gateway.ts';

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const PATH_PLACE_MAX = 100;
const TEXT_MAX = 1000;

/** Which kind of key an algorithm needs. Secret ones and public ones are never mixed, nor keys of two kinds. */
const KEY_KINDS: Readonly<
  Record<string, 'secret' | 'rsa' | 'prime256v1' | 'secp384r1' | 'secp521r1' | 'ed25519'>
> = {
  HS256: 'secret',
  HS384: 'secret',
  HS512: 'secret',
  RS256: 'rsa',
  RS384: 'rsa',
  RS512: 'rsa',
  PS256: 'rsa',
  PS384: 'rsa',
  PS512: 'rsa',
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
  EdDSA: 'ed25519',
};
const SECRET_MIN_BYTES = 32;
const RSA_MIN_BITS = 2048;

interface NamedSources {
  readonly header: string;
  readonly cookie: string;
  readonly query: string;
  readonly path: number;
  readonly jwt: JwtUid;
}

const sourceFaults = optionFaults<NamedSources>(
  {
    header: (value) => checkToken(value, 'header'),
    cookie: (value) => checkToken(value, 'cookie'),
    query: (value) => checkText(value, 'query'),
    path: (value) => checkInteger(value, 'path', 0, PATH_PLACE_MAX),
    jwt: checkJwt,
  },
  {
    together: (given) => {
      const count = Object.values(given).filter((value) => value !== undefined).length;
      if (count !== 1)
        throw invalidParameter('', 'must have exactly one of header, cookie, query, path, jwt');
    },
  },
);

/** Where the uid comes from. Faults carry the whole name, as in `uid.jwt.issuer`. */
export function checkUidSource(value: unknown, parameter = 'uid'): void {
  if (typeof value === 'function') return;
  if (typeof value !== 'object') {
    throw invalidParameter(
      parameter,
      'must be a function, or an object with header, cookie, query, path or jwt',
    );
  }
  const faults = sourceFaults(value, '');
  if (!faults) return;
  throw invalidConfig(
    faults.map(({ name, problem }) => ({ name: name === '' ? parameter : `${parameter}.${name}`, problem })),
  );
}

const jwtFaults = optionFaults<JwtUid>(
  {
    claim: (value) => checkText(value, 'claim'),
    algorithms: checkAlgorithms,
    issuer: (value) => checkText(value, 'issuer'),
    audience: (value) => checkText(value, 'audience'),
    secret: (value) => {
      if (typeof value !== 'string' || Buffer.byteLength(value) < SECRET_MIN_BYTES) {
        throw invalidParameter('secret', `must be a string of at least ${SECRET_MIN_BYTES} bytes`);
      }
    },
    publicKey: checkPublicKey,
    jwksUrl: checkKeySetUrl,
    jwksTimeoutMs: checkDuration,
    cookie: (value) => checkToken(value, 'cookie'),
  },
  {
    required: ['claim', 'algorithms', 'issuer', 'audience'],
    together: ({ secret, publicKey, jwksUrl, jwksTimeoutMs, algorithms }) => {
      if ([secret, publicKey, jwksUrl].filter((key) => key !== undefined).length !== 1) {
        throw invalidParameter('', 'must have exactly one of secret, publicKey, jwksUrl');
      }
      if (jwksTimeoutMs !== undefined && jwksUrl === undefined) {
        throw invalidParameter('jwksTimeoutMs', 'must be given with jwksUrl only');
      }
      if (Array.isArray(algorithms)) checkKeyFits(algorithms, secret, publicKey);
    },
  },
);

function checkJwt(value: unknown): void {
  const faults = jwtFaults(value, '');
  if (!faults) return;
  throw invalidConfig(
    faults.map(({ name, problem }) => ({ name: name === '' ? 'jwt' : `jwt.${name}`, problem })),
  );
}

function checkAlgorithms(value: unknown): void {
  const known = Object.keys(KEY_KINDS);
  const isList = Array.isArray(value) && value.length > 0;
  if (!isList || !value.every((name) => known.includes(name as string))) {
    throw invalidParameter('algorithms', `must be a list of ${known.join(', ')}`);
  }
}

/**
 * A public key is no secret: a token that is signed with HS256 and the text of a public key must never count as signed. So the
 * kind of the key is settled here, and no token chooses it.
 */
function checkKeyFits(algorithms: readonly unknown[], secret: unknown, publicKey: unknown): void {
  const kinds = new Set(
    algorithms.map((name) => KEY_KINDS[name as string]).filter((kind) => kind !== undefined),
  );
  const wantsSecret = secret !== undefined;
  if ([...kinds].some((kind) => (kind === 'secret') !== wantsSecret)) {
    const problem = wantsSecret
      ? 'must be HS256, HS384 or HS512 with a secret'
      : 'must not be HS… without a secret';
    throw invalidParameter('algorithms', problem);
  }
  const key = publicKeyOf(publicKey);
  if (!key) return;
  const own = key.asymmetricKeyType === 'ec' ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType;
  for (const kind of kinds) {
    if (kind !== own)
      throw invalidParameter('algorithms', `do not fit publicKey, which is of the kind ${own}`);
  }
}

function publicKeyOf(value: unknown): KeyObject | undefined {
  try {
    // A private key would be read as its public part, but does not belong here.
    return typeof value === 'string' && !value.includes('PRIVATE KEY') ? createPublicKey(value) : undefined;
  } catch {
    // The error of the parser says nothing of use.
    return undefined;
  }
}

function checkPublicKey(value: unknown): void {
  const key = publicKeyOf(value);
  if (!key) throw invalidParameter('publicKey', 'must be a public key in PEM (-----BEGIN PUBLIC KEY-----)');
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < RSA_MIN_BITS) {
    throw invalidParameter('publicKey', `must have at least ${RSA_MIN_BITS} bits`);
  }
}

/** Who can change the key set can be any user. */
function checkKeySetUrl(value: unknown): void {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '');
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLocal)) {
    throw invalidParameter('jwksUrl', 'must be an https address; http only on this machine');
  }
}

/** A name of a header or of a cookie. */
function checkToken(value: unknown, parameter: string): void {
  if (typeof value !== 'string' || !TOKEN.test(value)) {
    throw invalidParameter(parameter, 'must be a name of letters, digits and "-", without spaces');
  }
}

function checkText(value: unknown, parameter: string): void {
  if (typeof value !== 'string' || value === '' || value.length > TEXT_MAX) {
    throw invalidParameter(parameter, `must be a string of 1–${TEXT_MAX} characters`);
  }
}
