import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type ServiceHandle, silentLogger } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import type { Admission, Admitted, Refusal } from '../../src/admission.ts';
import { createAdmission, type HandleOf } from '../../src/admit/create-admission.ts';
import { checkGatewayOptions } from '../../src/admit/gateway-option-rules.ts';
import type { GatewayOptions } from '../../src/gateway.ts';

/** Handles that only have their name. Admission calls no store. */
const route: HandleOf = {
  service: (serviceName) => ({ serviceName }) as ServiceHandle,
};

/** What is asked: `GET /path`, and its header lines. */
export interface Asked {
  readonly line?: string;
  readonly headers?: readonly string[];
}

/** An admission, asked as node:http would ask it: through a parser. */
export class AskedAdmission {
  readonly admission: Admission;
  readonly clock: ManualClock = new ManualClock();

  constructor(options: GatewayOptions) {
    checkGatewayOptions(options);
    this.admission = createAdmission(route, options, { clock: this.clock, logger: silentLogger });
  }

  async ask({ line = 'GET /', headers = [] }: Asked, upgrade = false): Promise<Admitted | Refusal> {
    const head = [`${line} HTTP/1.1`, 'Connection: close', ...headers];
    if (!headers.some((header) => /^host:/i.test(header))) head.push('Host: app.example');
    return this.admission.admit(await parsed(`${head.join('\r\n')}\r\n\r\n`), upgrade);
  }

  /** The uid, or the status of the refusal. */
  async uid(asked: Asked, upgrade = false): Promise<string | number> {
    const verdict = await this.ask(asked, upgrade);
    return 'status' in verdict ? verdict.status : verdict.uid;
  }
}

/** A request as node:http reads it from the wire. */
async function parsed(text: string): Promise<IncomingMessage> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(Buffer.from(text, 'latin1'));
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, { end(): void }];
  response.end();
  socket.resume();
  server.close();
  await once(server, 'close');
  return request;
}
