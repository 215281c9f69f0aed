/**
 * A program of its own between the tests and a `redis-server`: it ends the server when its standard input ends, which
 * happens also when the tests' process is killed and can clean up nothing.
 */
export const redisGuard: string = `
  const { spawn } = require('node:child_process');
  const server = spawn('redis-server', process.argv.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
  server.on('error', (error) => { console.error(error.message); process.exit(1); });
  server.on('exit', () => process.exit(1));
  process.stdin.on('error', () => server.kill('SIGKILL'));
  process.stdin.on('end', () => server.kill('SIGKILL')).resume();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill('SIGKILL'));
`;
