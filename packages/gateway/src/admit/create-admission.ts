import type { IncomingMessage } from 'node:http';
import { type Clock, type Logger, type ServiceHandle, systemClock } from '@stateful-route/core';
import { checkUid, LimitedLogger, setDeadline } from '@stateful-route/core/adapter';
import type { Admission, Admitted, Refusal } from '../admission.ts';
import type { GatewayOptions, UidSource } from '../gateway.ts';
import { jwtUid, unauthorized } from './jwt-uid.ts';
import { originCheck } from './origins.ts';
import { PlaceRate } from './place-rate.ts';
import { isRefusal, refuse, refuseForNow } from './refusals.ts';
import { decoding, pathUid, queryUid, rawCookie, rawHeader } from './uid-readers.ts';

/** New users a second. */
const PLACE_RATE = 500;
const UID_TIMEOUT_MS = 10_000;
const RETRY_AFTER_MS = 1000;

type Uid = string | undefined | Refusal;
type ReadUid = (request: IncomingMessage) => Uid | Promise<Uid>;
type ChooseService = (request: IncomingMessage) => ServiceHandle | Refusal;

/** What an admission takes of a route. */
export interface HandleOf {
  service(name: string): ServiceHandle;
}

/** What an admission runs with. */
export interface AdmissionParts {
  readonly clock?: Clock | undefined;
  readonly logger: Logger;
}

const NO_UID = 'The request does not name a user.';
const NO_SERVICE = refuse(404, 'There is no such service.');
const FAILED = refuse(500, 'The request cannot be served.');

/** Decides whose a request is, and whether it may pass. The options have been checked. */
export function createAdmission(
  route: HandleOf,
  options: GatewayOptions,
  { clock = systemClock, logger: unlimited }: AdmissionParts,
): Admission {
  const logger = new LimitedLogger(unlimited, clock);
  const placeRate = new PlaceRate(options.placeRate ?? PLACE_RATE, clock);
  const chooseService = serviceChooser(route, options);
  const checkOrigin =
    options.allowOrigins || isFromCookie(options.uid) ? originCheck(options.allowOrigins) : undefined;
  const readUid = uidReader(options, clock, logger);
  const withoutUid = refusalWithoutUid(options);

  const failed = (error: unknown): Refusal => {
    logger.error({ error }, "The gateway's option uid or serviceOf threw, so a request was answered 500.");
    return FAILED;
  };

  const judged = (uid: Uid, service: ServiceHandle, upgrade: boolean): Admitted | Refusal => {
    if (uid === undefined) return upgrade ? { ...withoutUid, answer: undefined } : withoutUid;
    if (typeof uid !== 'string') return isRefusal(uid) ? uid : failed(new TypeError('uid is not a string'));
    try {
      checkUid(uid);
    } catch {
      return refuse(400, 'The uid must be 1 to 512 bytes of UTF-8, with no "{", "}" or control character.');
    }
    return { uid, service };
  };

  return {
    admit(request, upgrade) {
      try {
        const foreign = checkOrigin?.(request, upgrade);
        if (foreign) return foreign;
        const service = chooseService(request);
        if (isRefusal(service)) return service;
        const uid = readUid(request);
        if (!(uid instanceof Promise)) return judged(uid, service, upgrade);
        return uid.then((read) => judged(read, service, upgrade)).catch(failed);
      } catch (error) {
        return failed(error);
      }
    },
    mayPlace: (service, uid) => placeRate.take(`${service.serviceName}/${uid}`),
    allowAddress(address) {
      try {
        return options.allowAddress?.(address) ?? true;
      } catch (error) {
        logger.error({ error }, "The gateway's option allowAddress threw, so an address was refused.");
        return false;
      }
    },
  };
}

/** A page of another site can send it without knowing it. */
function isFromCookie(uid: UidSource): boolean {
  return 'cookie' in uid || ('jwt' in uid && uid.jwt.cookie !== undefined);
}

function uidReader({ uid, callTimeoutMs }: GatewayOptions, clock: Clock, logger: Logger): ReadUid {
  if (typeof uid === 'function') return withDeadline(uid, callTimeoutMs ?? UID_TIMEOUT_MS, clock);
  if ('header' in uid) return decoding(rawHeader(uid.header));
  if ('cookie' in uid) return decoding(rawCookie(uid.cookie));
  if ('query' in uid) return queryUid(uid.query);
  if ('path' in uid) return pathUid(uid.path);
  return jwtUid(uid.jwt, clock, logger);
}

/** A function's promise that never settles is given up. */
function withDeadline(read: Extract<UidSource, Function>, timeoutMs: number, clock: Clock): ReadUid {
  return (request) => {
    const uid = read(request);
    if (typeof (uid as PromiseLike<unknown> | undefined)?.then !== 'function') return uid;
    return new Promise<Uid>((resolve, reject) => {
      const cancel = setDeadline(
        clock,
        () => resolve(refuseForNow('The user could not be found out in time.', RETRY_AFTER_MS)),
        timeoutMs,
      );
      Promise.resolve(uid).then(resolve, reject).finally(cancel);
    });
  };
}

function serviceChooser(route: HandleOf, options: GatewayOptions): ChooseService {
  if (options.service !== undefined) {
    const only = route.service(options.service);
    return () => only;
  }
  const handles = new Map(options.services!.map((name) => [name, route.service(name)]));
  const { serviceOf } = options;
  return (request) => {
    const name = serviceOf!(request);
    return (name === undefined ? undefined : handles.get(name)) ?? NO_SERVICE;
  };
}

function refusalWithoutUid({ uid, withoutUid: answer }: GatewayOptions): Refusal {
  const refusal = 'jwt' in uid ? unauthorized(NO_UID) : refuse(400, NO_UID);
  return answer ? { ...refusal, answer } : refusal;
}
