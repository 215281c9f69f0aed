import { type IncomingMessage, ServerResponse } from 'node:http';
import {
  checkFunction,
  configCheck,
  hasMethods,
  invalidParameter,
  onAbort,
} from '@stateful-route/core/adapter';
import { admit, type Enterable } from './faces/admission.ts';
import { closeFrame } from './faces/close-socket.ts';
import { followStay } from './faces/follow-stay.ts';
import { endOf, refuse } from './faces/guard.ts';
import { type Refusal, refusalOfUidError } from './faces/refusal.ts';
import { endOfSocket, refuseUpgrade } from './faces/upgrade.ts';
import { uidFromHeader } from './faces/uid-from-header.ts';
import type { Closed, Stay, UidOf } from './host.ts';

/** A session of Engine.IO: what Socket.IO has in `socket.conn`. */
export interface EngineSession {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly transport: unknown;
  close(discard?: boolean): unknown;
}

/** The server of Engine.IO: what Socket.IO has in `io.engine`. */
export interface EngineServer {
  use(middleware: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): unknown;
  on(event: 'connection', listener: (session: EngineSession) => void): unknown;
}

/** Options of {@link guardEngine}. */
export interface GuardEngineOptions {
  /** The uid of a request. Default: the header `stateful-route-uid`. */
  readonly uid?: UidOf | undefined;
}

/** The WebSocket of a session, while it has one. */
interface SessionWebSocket {
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
}

/** A session's stay, before its handshake is done and while it lasts. */
interface Entered {
  readonly stay: Stay<unknown>;
  /** The stay no longer ends with the request. */
  readonly keep: () => void;
}

const checkOptions = configCheck<GuardEngineOptions>({ uid: (value) => checkFunction(value, 'uid') });
const stays = new WeakMap<object, Stay<unknown>>();

/**
 * Lets in the sessions of this pod's users, by polling and by WebSocket. Call it once for an engine, before its first session.
 *
 * Each request is answered 421, 503 or 400 where the user is not here. A session belongs to the uid of its handshake: a request
 * of another uid gets the engine's "Session ID unknown". When the user leaves this pod, messages that come then are not emitted;
 * after the save and the move the session closes (a WebSocket with 1012), and the client connects to the new pod.
 *
 * @example
 * const io = new Server(server);
 * guardEngine(io.engine, host);
 * io.on('connection', (socket) => {
 *   socket.on('say', (text) => stayOf<Room>(socket.conn).use((room) => room.say(text)));
 * });
 */
export function guardEngine<State>(
  engine: EngineServer,
  host: Enterable<State>,
  options: GuardEngineOptions = {},
): void {
  if (!hasMethods(engine, ['use', 'on'])) {
    throw invalidParameter('engine', 'must be a server of Engine.IO; Socket.IO has it in io.engine');
  }
  if (!hasMethods(host, ['enter'])) throw invalidParameter('host', 'must be what createHost returns');
  checkOptions(options);
  const { uid: uidOf = uidFromHeader } = options;
  const handshakes = new WeakMap<IncomingMessage, Entered>();
  /** The uid of each session. */
  const uids = new Map<string, string>();

  const enter = async (request: IncomingMessage, response: object): Promise<boolean> => {
    const answers = answersTo(request, response);
    const { stay, refusal } = await admit(host, () => uidOf(request), answers.ended);
    if (refusal) answers.refuse(refusal);
    if (!stay) return false;
    const off = onAbort(answers.ended, () => stay.leave());
    const session = new URL(request.url ?? '/', 'http://engine').searchParams.get('sid');
    const owner = session === null ? undefined : uids.get(session);
    if (owner !== undefined && owner !== stay.uid) {
      answers.refuse(unknownSession);
      return false;
    }
    if (session === null) handshakes.set(request, { stay, keep: off });
    return true;
  };

  const enterOrAnswer = async (
    request: IncomingMessage,
    response: object,
    next: () => void,
  ): Promise<void> => {
    let isIn = false;
    try {
      isIn = await enter(request, response);
    } catch (error) {
      answersTo(request, response).refuse(refusalOfUidError(error));
    }
    if (isIn) next();
  };
  engine.use((request, response, next) => {
    void enterOrAnswer(request, response, next);
  });
  engine.on('connection', (session) => {
    const entered = handshakes.get(session.request);
    // Without a stay it is a session that the engine made before it had a guard.
    if (!entered) {
      session.close(true);
      return;
    }
    const { stay, keep } = entered;
    keep();
    stays.set(session, stay);
    uids.set(session.id, stay.uid);
    follow(session as FollowedSession, stay);
    (session as FollowedSession).once('close', () => {
      uids.delete(session.id);
      stay.leave();
    });
  });
}

/**
 * The stay of a session: of `socket.conn` in Socket.IO.
 *
 * @throws `INVALID_PARAMETER` for a session whose engine has no guard.
 */
export function stayOf<State>(session: object): Stay<State> {
  const stay = stays.get(session);
  if (!stay)
    throw invalidParameter('session', 'must be of a guarded engine; Socket.IO has it in socket.conn');
  return stay as Stay<State>;
}

interface FollowedSession extends EngineSession {
  emit(event: string, ...values: unknown[]): boolean;
  once(event: 'close', listener: () => void): unknown;
}

/** Reads nothing once the user leaves, and closes the session when the user has gone. */
function follow(session: FollowedSession, stay: Stay<unknown>): void {
  const emit = session.emit.bind(session);
  session.emit = (event, ...values) =>
    !(stay.signal.aborted && (event === 'data' || event === 'message')) && emit(event, ...values);
  const off = followStay(stay, {
    pause: () => webSocketOf(session)?.pause(),
    close: (closed) => {
      // A session by polling may last on until its client asks again.
      stay.leave();
      close(session, closed);
    },
  });
  session.once('close', off);
}

function close(session: EngineSession, closed: Closed): void {
  const webSocket = webSocketOf(session);
  if (!webSocket) {
    session.close();
    return;
  }
  const { code, reason } = closeFrame(closed);
  webSocket.resume();
  webSocket.close(code, reason);
}

function webSocketOf({ transport }: EngineSession): SessionWebSocket | undefined {
  const { socket } = transport as { readonly socket?: unknown };
  return hasMethods(socket, ['pause', 'resume', 'close']) ? (socket as SessionWebSocket) : undefined;
}

/** As the engine answers it: the client makes a new session. */
const unknownSession: Refusal = {
  status: 400,
  headers: {},
  message: JSON.stringify({ code: 1, message: 'Session ID unknown' }),
};

interface Answers {
  readonly ended: AbortSignal;
  refuse(refusal: Refusal): void;
}

/** The engine's response to an upgrade sends nothing, so that is answered on the socket. */
function answersTo(request: IncomingMessage, response: object): Answers {
  if (response instanceof ServerResponse) {
    return { ended: endOf(response), refuse: (refusal) => refuse(request, response, refusal) };
  }
  const { socket } = request;
  return { ended: endOfSocket(socket), refuse: (refusal) => refuseUpgrade(socket, refusal) };
}
