import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOST } from '@stateful-route/testkit/redis';
import { type RedisServer, settings, standaloneSettings, startServer } from './redis-server.ts';

/** A server that is spoken to over TLS alone. */
export interface TlsRedis extends RedisServer {
  /** The certificate that its own is signed by, as PEM. */
  readonly ca: string;
}

/** A server whose default user is off. */
export interface AclRedis extends RedisServer {
  /** The address with the name and password of the user with the given rights. */
  readonly url: string;
}

/** A user of an ACL. */
export interface AclRedisOptions {
  /** Its rights, as words of an ACL rule: `~key:*`, `+get`. */
  readonly rules: readonly string[];
  /** Default: `stateful-route`. */
  readonly username?: string | undefined;
  /** Default: one made up. */
  readonly password?: string | undefined;
}

/** Starts a server with a certificate made on the spot, for which it needs an `openssl` on the PATH. */
export async function startTlsRedis(): Promise<TlsRedis> {
  let files: Certificate | undefined;
  let ca = '';
  const server = await startServer({
    scheme: 'rediss',
    args: async (port, folder) => {
      files ??= await certificate(folder);
      ca = await readFile(files.cert, 'utf8');
      return settings({
        ...standaloneSettings(port, folder),
        port: '0',
        'tls-port': String(port),
        'tls-cert-file': files.cert,
        'tls-key-file': files.key,
        'tls-ca-cert-file': files.cert,
        'tls-auth-clients': 'no',
      });
    },
    client: () => ({ tls: { ca } }),
  });
  return { ...server, ca };
}

/** Starts a server with one user of the given rights beside the harness' own. */
export async function startAclRedis(options: AclRedisOptions): Promise<AclRedis> {
  const { rules, username = 'stateful-route', password = 'only-a-test' } = options;
  const harness = { username: 'harness', password: 'harness' };
  const server = await startServer({
    args: async (port, folder) => {
      const file = join(folder, 'users.acl');
      const users = [
        'user default off',
        `user ${harness.username} on >${harness.password} ~* &* +@all`,
        `user ${username} on >${password} ${rules.join(' ')}`,
      ];
      await writeFile(file, `${users.join('\n')}\n`);
      return settings({ ...standaloneSettings(port, folder), aclfile: file });
    },
    client: () => harness,
  });
  return { ...server, url: `redis://${username}:${password}@${server.host}:${server.port}` };
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

async function certificate(folder: string): Promise<Certificate> {
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=stateful-route-test';
  const names = ['-addext', `subjectAltName=IP:${HOST},DNS:localhost`];
  await promisify(execFile)('openssl', [...words.split(' '), ...names, '-keyout', key, '-out', cert]).catch(
    (cause: unknown) => {
      throw new Error('A TLS server needs openssl on the PATH (apt-get install openssl).', { cause });
    },
  );
  return { cert, key };
}
