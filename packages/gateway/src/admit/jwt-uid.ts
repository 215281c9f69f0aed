import { createSecretKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock, Logger } from '@stateful-route/core';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import type { Refusal } from '../admission.ts';
import type { JwtUid } from '../gateway.ts';
import { refuse, refuseForNow } from './refusals.ts';
import { rawCookie, rawHeader, type Read } from './uid-readers.ts';

/** How far the clocks of the issuer and of this machine may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;

const JWKS_TIMEOUT_MS = 5000;
/** A key that was withdrawn is refused after this. */
const JWKS_REFRESH_MS = 600_000;
/** While the key set cannot be read, the last one serves for this. */
const JWKS_MAX_AGE_MS = 3_600_000;
/** A token with a key that is not in the set causes a reading, at most once in this. */
const JWKS_COOLDOWN_MS = 30_000;
const RETRY_AFTER_MS = 1000;

/** Reads the uid from a verified token. Without a token it is `undefined`. */
export type ReadJwt = (
  request: IncomingMessage,
) => Promise<string | undefined | Refusal> | undefined | Refusal;

/** The reader of a JWT's claim. The options are valid. */
export function jwtUid(jwt: JwtUid, clock: Clock, logger: Logger): ReadJwt {
  const readToken = jwt.cookie === undefined ? bearerToken : rawCookie(jwt.cookie);
  const key = keyOf(jwt, clock, logger);
  const options: JWTVerifyOptions = {
    algorithms: [...jwt.algorithms],
    issuer: jwt.issuer,
    audience: jwt.audience,
    requiredClaims: ['exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };

  const verified = async (token: string): Promise<string | Refusal> => {
    try {
      const now = { ...options, currentDate: new Date(clock.now()) };
      const { payload } =
        typeof key === 'function' ? await jwtVerify(token, key, now) : await jwtVerify(token, key, now);
      const uid = Object.hasOwn(payload, jwt.claim) ? payload[jwt.claim] : undefined;
      return typeof uid === 'string' ? uid : unauthorized('The token does not name a user.');
    } catch (error) {
      if (isTokensFault(error)) {
        const expired = error instanceof errors.JWTExpired;
        return unauthorized(expired ? 'The token has expired.' : 'The token is not valid here.');
      }
      logger.warn(
        { error: String(error) },
        'The key set of the tokens cannot be read. Check jwksUrl and its server.',
      );
      return refuseForNow('Tokens cannot be checked now.', RETRY_AFTER_MS);
    }
  };

  return (request) => {
    const token = readToken(request);
    return typeof token === 'string' ? verified(token) : token;
  };
}

/** What a client without a valid token is told. */
export function unauthorized(body: string): Refusal {
  return refuse(401, body, { 'www-authenticate': 'Bearer error="invalid_token"' });
}

const readAuthorization = rawHeader('Authorization');

const bearerToken: Read = (request) => {
  const value = readAuthorization(request);
  // Another scheme is not for this gateway.
  return typeof value === 'string' ? /^bearer +([^\s]+)$/i.exec(value)?.[1] : value;
};

/** Errors of the key set's server are not the token's fault. */
function isTokensFault(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    error.code !== 'ERR_JOSE_GENERIC' &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid)
  );
}

function keyOf(jwt: JwtUid, clock: Clock, logger: Logger): KeyObject | JWTVerifyGetKey {
  if (jwt.secret !== undefined) return createSecretKey(jwt.secret, 'utf8');
  if (jwt.publicKey !== undefined) return createPublicKey(jwt.publicKey);
  return keySet(new URL(jwt.jwksUrl!), jwt.jwksTimeoutMs ?? JWKS_TIMEOUT_MS, clock, logger);
}

/** A key set that is read again while it still serves, so that an outage of its server is not one of the gateway. */
function keySet(url: URL, timeoutDuration: number, clock: Clock, logger: Logger): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    timeoutDuration,
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_MAX_AGE_MS,
  });
  let readAt: number | undefined;
  return (header, token) => {
    const now = clock.monotonic();
    if (readAt === undefined) readAt = now;
    else if (now - readAt >= JWKS_REFRESH_MS) {
      readAt = now;
      keys.reload().catch((error: unknown) => {
        logger.warn(
          { error: String(error) },
          'The key set of the tokens cannot be read. The last one serves.',
        );
      });
    }
    return keys(header, token);
  };
}
