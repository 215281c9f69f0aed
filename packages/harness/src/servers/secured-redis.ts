import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RedisServer, settings, standaloneSettings, startServer } from './redis-server.ts';
import { testCertificate } from './test-certificate.ts';

/** A server that accepts only TLS. */
export interface TlsRedis extends RedisServer {
  /** Its certificate, which is self-signed, as PEM. */
  readonly ca: string;
}

/** A server without a default user. */
export interface AclRedis extends RedisServer {
  /** The address with the name and password of the user that has the given rights. */
  readonly url: string;
}

/** A user of an ACL. */
export interface AclRedisOptions {
  /** Its rights as ACL rules, such as `~key:*` and `+get`. */
  readonly rules: readonly string[];
  /** Default: `stateful-route`. */
  readonly username?: string | undefined;
  /** Default: `only-a-test`. */
  readonly password?: string | undefined;
}

/** Starts a server that accepts only TLS, with a self-signed certificate. */
export async function startTlsRedis(): Promise<TlsRedis> {
  const { cert: ca, key } = testCertificate;
  const server = await startServer({
    scheme: 'rediss',
    args: async (port, folder) => {
      const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
      await Promise.all([writeFile(files.cert, ca), writeFile(files.key, key)]);
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

/** Starts a server with two users: one with the given rights, and the harness' own. */
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
