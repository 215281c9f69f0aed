import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { hold, httpPod, type PodServer, rawPod, send, sendRaw, startFleet } from './fleet.ts';

interface Heard extends PodServer {
  /** The heads of the requests that were heard, each with its body. */
  readonly requests: string[];
}

/** A pod that answers everything that looks like a request, and remembers the bytes. */
async function hearing(): Promise<Heard> {
  const requests: string[] = [];
  const pod = await rawPod((socket) => {
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      const end = heard.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(heard.slice(0, end))?.[1] ?? 0);
      if (heard.length < end + 4 + length) return;
      requests.push(heard);
      heard = '';
      socket.write('HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok');
    });
    socket.on('end', () => socket.destroy());
  });
  return { ...pod, requests };
}

function headersOf(request: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of request.slice(0, request.indexOf('\r\n\r\n')).split('\r\n').slice(1)) {
    const [name = '', ...value] = line.split(': ');
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value.join(': ')]);
  }
  return headers;
}

describe('the headers of a request', () => {
  it('are sent on without those of the connection, and without forged ones; ours are added once', async () => {
    const pod = await hearing();
    await using fleet = await startFleet([pod.address]);
    const head = [
      'GET /x HTTP/1.1',
      'Host: shop.example:8080',
      'X-User: %C3%A4da%20x',
      'Connection: keep-alive, X-Hop, stateful-route-uid, host',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic x',
      'TE: trailers, deflate',
      'Trailer: x',
      'X-Hop: one hop',
      'X-Stays: 1',
      'X-Stays: 2',
      'Cookie: a=1',
      'Authorization: Bearer x',
      'Accept-Encoding: gzip, br',
      'X-Forwarded-For: 6.6.6.6',
      'x-forwarded-proto: https',
      'X-FORWARDED-HOST: evil.example',
      'X-Forwarded-Prefix: /evil',
      'X_Forwarded_For: 6.6.6.6',
      'Forwarded: for=6.6.6.6',
      'X-Real-IP: 6.6.6.6',
      'Stateful-Route-Uid: eve',
      'stateful_route_uid: eve',
      'stateful-route-token: 7',
      'HTTP2-Settings: x',
      '',
      '',
    ].join('\r\n');
    await sendRaw(fleet.port, head, (text) => text.endsWith('ok'));
    const headers = headersOf(pod.requests[0]!);
    expect(Object.fromEntries(headers)).toEqual({
      host: ['shop.example:8080'],
      connection: ['keep-alive'],
      te: ['trailers'],
      'x-user': ['%C3%A4da%20x'],
      'x-stays': ['1', '2'],
      cookie: ['a=1'],
      authorization: ['Bearer x'],
      'accept-encoding': ['gzip, br'],
      'stateful-route-uid': ['%C3%A4da%20x'],
      'x-forwarded-for': ['127.0.0.1'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-host': ['shop.example:8080'],
      forwarded: ['for=127.0.0.1;host="shop.example:8080";proto=http'],
    });
    await pod.close();
  });

  it('keep what a trusted proxy says, and name it too', async () => {
    const pod = await hearing();
    const asked: string[] = [];
    await using fleet = await startFleet([pod.address], {
      trustProxy: (address) => {
        asked.push(address);
        return true;
      },
    });
    const said = {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      forwarded: 'for=1.2.3.4',
    };
    await send(fleet, { headers: { ...said, host: 'inside', 'stateful-route-uid': 'eve' } });
    expect(Object.fromEntries(headersOf(pod.requests[0]!))).toMatchObject({
      'x-forwarded-for': ['1.2.3.4, 127.0.0.1'],
      'x-forwarded-proto': ['https'],
      'x-forwarded-host': ['shop.example'],
      forwarded: ['for=1.2.3.4, for=127.0.0.1;host="inside";proto=https'],
      'stateful-route-uid': ['ada'],
    });
    expect(asked).toEqual(['127.0.0.1']);
    await pod.close();
  });

  it('name an IPv4 client by its own address, also if the server listens on IPv6', async () => {
    const pod = await hearing();
    await using fleet = await startFleet([pod.address]);
    const server = createServer(fleet.gateway.request).listen(0, '::');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\n\r\n', (text) => text.endsWith('ok'));
    expect(headersOf(pod.requests[0]!).get('x-forwarded-for')).toEqual(['127.0.0.1']);
    server.closeAllConnections();
    server.close();
    await pod.close();
  });

  it('name the pod as the host for an HTTP/1.0 client that names none, whose answer ends with its connection', async () => {
    const pod = await httpPod((request, response) => {
      response.write(String(request.headers.host));
      response.end();
    });
    await using fleet = await startFleet([pod.address]);
    const received = await sendRaw(fleet.port, 'GET / HTTP/1.0\r\nX-User: ada\r\n\r\n');
    expect(received).toMatch(new RegExp(`^HTTP/1.1 200 [^]*\r\n\r\n${pod.address}$`));
    expect(received.toLowerCase()).not.toContain('chunked');
    await pod.close();
  });

  it('take the host of a target that is a URL', async () => {
    const pod = await hearing();
    await using fleet = await startFleet([pod.address]);
    const lines = 'Host: other\r\nX-User: ada\r\n\r\n';
    await sendRaw(fleet.port, `GET http://shop.example/a?b HTTP/1.1\r\n${lines}`, (text) =>
      text.endsWith('ok'),
    );
    await sendRaw(fleet.port, `GET http://shop.example?b HTTP/1.1\r\n${lines}`, (text) =>
      text.endsWith('ok'),
    );
    expect(pod.requests.map((request) => request.split('\r\n')[0])).toEqual([
      'GET /a?b HTTP/1.1',
      'GET /?b HTTP/1.1',
    ]);
    expect(headersOf(pod.requests[0]!).get('host')).toEqual(['shop.example']);
    await pod.close();
  });
});

describe('the headers of an answer', () => {
  it('come without those of the connection', async () => {
    const pod = await rawPod((socket) => {
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 200 OK\r\nConnection: keep-alive, x-hop\r\nKeep-Alive: timeout=9\r\nX-Hop: 1\r\nProxy-Authenticate: x\r\n' +
            'Upgrade: h2c\r\nX-Stays: a\r\nX-Stays: b\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n',
        ),
      );
    });
    await using fleet = await startFleet([pod.address]);
    const { headers, rawHeaders } = await send(fleet);
    expect(headers).toMatchObject({
      'x-stays': 'a, b',
      date: 'Thu, 01 Jan 1970 00:00:00 GMT',
      'content-length': '0',
    });
    expect(headers['keep-alive']).not.toBe('timeout=9');
    for (const name of ['x-hop', 'proxy-authenticate', 'upgrade']) expect(headers[name]).toBeUndefined();
    expect(rawHeaders.filter((name) => name.toLowerCase() === 'date')).toHaveLength(1);
    await pod.close();
  });

  it('of 204, 304 and HEAD are whole, without a body', async () => {
    const pod = await httpPod((request, response) => {
      const status = Number(request.url!.slice(1));
      response.writeHead(status, { etag: '"x"', ...(status === 204 ? {} : { 'content-length': '5' }) });
      response.end(status === 200 ? 'hello' : undefined);
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    for (let round = 0; round < 2; round++) {
      expect(await send(fleet, { path: '/204' })).toMatchObject({
        status: 204,
        body: '',
        headers: { etag: '"x"' },
      });
      expect(await send(fleet, { path: '/304' })).toMatchObject({
        status: 304,
        body: '',
        headers: { 'content-length': '5' },
      });
      const head = await send(fleet, { method: 'HEAD', path: '/200' });
      expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '5' } });
    }
    await pod.close();
  });

  it('that are only informational are not passed on', async () => {
    const pod = await rawPod((socket) => {
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
        ),
      );
    });
    await using fleet = await startFleet([pod.address]);
    const received = await sendRaw(fleet.port, 'GET / HTTP/1.1\r\nHost: a\r\nX-User: ada\r\n\r\n', (text) =>
      text.endsWith('ok'),
    );
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).not.toContain('103');
    await pod.close();
  });

  it('that no client could read are 502', async () => {
    const pod = await rawPod((socket) => {
      socket.on('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(100_000)}\r\ncontent-length: 0\r\n\r\n`),
      );
    });
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    expect(await send(fleet)).toMatchObject({ status: 502 });
    await pod.close();
  });
});

/** Requests that one server may read as one request and another as two, or that are no requests. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\nX-User: eve\r\n\r\n';
const attacks: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'Transfer-Encoding and Content-Length': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'two Content-Lengths': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nContent-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  'a list of Content-Lengths': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nContent-Length: 0, ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
  'a Content-Length with a sign': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nContent-Length: +0\r\n\r\n${SMUGGLED}`,
  'another transfer encoding': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'a transfer encoding twice': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'a transfer encoding that is not the last': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'a space before the colon': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'a folded header': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'a bare line feed': `POST /first HTTP/1.1\nHost: a\nX-User: ada\nContent-Length: 0\n\n${SMUGGLED}`,
  'a bad size of a chunk': `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${SMUGGLED}`,
  'a zero byte': `GET /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nX-A: \0\r\n\r\n${SMUGGLED}`,
  'two hosts': `GET /first HTTP/1.1\r\nHost: a\r\nHost: b\r\nX-User: ada\r\nConnection: close\r\n\r\n`,
  'no host': 'GET /first HTTP/1.1\r\nX-User: ada\r\nConnection: close\r\n\r\n',
  'a host that is none': 'GET /first HTTP/1.1\r\nHost: a"; x\r\nX-User: ada\r\nConnection: close\r\n\r\n',
  'a target that is a word': 'GET first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n\r\n',
  'a target of another scheme':
    'GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n\r\n',
  'a target with a password':
    'GET http://a:b@c/ HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n\r\n',
  'a target that is a star': 'OPTIONS * HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n\r\n',
  TRACE: 'TRACE /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n\r\n',
  CONNECT: 'CONNECT pod:1 HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n\r\n',
  'too many headers': `GET /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n${'a:\r\n'.repeat(1_000)}\r\n`,
  'too long a head': `GET /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\n${`a: ${'x'.repeat(1_000)}\r\n`.repeat(40)}\r\n`,
  'another protocol': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
};

describe('what is no plain request', () => {
  for (const [name, text] of Object.entries(attacks)) {
    it(`never reaches a pod: ${name}`, async () => {
      const pod = await hearing();
      await using fleet = await startFleet([pod.address]);
      await hold(fleet, 'ada', 0);
      await hold(fleet, 'eve', 0);
      const received = await sendRaw(fleet.port, text);
      expect(received).not.toMatch(/^HTTP\/1\.1 [123]/m);
      expect(pod.requests).toEqual([]);
      await pod.close();
    });
  }

  it('does not become one by a second request in a body', async () => {
    const pod = await hearing();
    await using fleet = await startFleet([pod.address]);
    await hold(fleet, 'ada', 0);
    await sendRaw(
      fleet.port,
      `POST /first HTTP/1.1\r\nHost: a\r\nX-User: ada\r\nConnection: close\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    );
    expect(pod.requests).toHaveLength(1);
    expect(pod.requests[0]!.endsWith(SMUGGLED)).toBe(true);
    expect(headersOf(pod.requests[0]!).get('content-length')).toEqual([String(SMUGGLED.length)]);
    await pod.close();
  });
});
