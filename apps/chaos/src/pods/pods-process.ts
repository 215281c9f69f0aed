import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromPods, PodToRun, ToPods } from './messages.ts';

const PODS_MAIN = fileURLToPath(new URL('./pods-main.ts', import.meta.url));

/** An operating-system process with pods in it. */
export class PodsProcess {
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(message: FromPods) => void>();

  constructor() {
    this.#child = fork(PODS_MAIN, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--conditions=@stateful-route/source', '--import', '@oxc-node/core/register'],
    });
    this.#child.on('message', (message: FromPods) => {
      for (const listener of this.#listeners) listener(message);
    });
  }

  on(listener: (message: FromPods) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves when all pods have started, and each holds its user. */
  start(redis: string, pods: readonly PodToRun[]): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.on((message) => {
        if (message.type === 'started') resolve();
        else if (message.type === 'failed') reject(new Error(message.message));
      });
      this.#child.once('exit', (code) => reject(new Error(`The process of the pods ended with ${code}.`)));
    });
    this.#tell({ type: 'start', redis, pods });
    return started;
  }

  /** Has it stop itself (SIGSTOP), between a pod's check and its write. */
  pause(): void {
    this.#tell({ type: 'pause' });
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #tell(message: ToPods): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
