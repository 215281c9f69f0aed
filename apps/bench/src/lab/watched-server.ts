import { Redis } from 'ioredis';

/** A count of what a server receives. */
export interface Watch {
  /** How many commands the server received while something ran. */
  during(run: () => Promise<unknown>): Promise<number>;
  end(): void;
}

/** Watches a server by its own `MONITOR`. */
export async function watchServer(url: string): Promise<Watch> {
  const marker = new Redis(url);
  const monitor = await marker.monitor();
  let commands: string[][] = [];
  let onMark = (): void => {};
  monitor.on('monitor', (_time: string, command: string[], source: string) => {
    // A script's own commands are no round trips.
    if (source === 'lua') return;
    if (command[0]?.toLowerCase() === 'echo') onMark();
    else commands.push(command);
  });
  /** Resolves when the monitor has reported all commands sent before. */
  const reported = async (): Promise<void> => {
    const seen = new Promise<void>((resolve) => {
      onMark = resolve;
    });
    await marker.echo('');
    await seen;
  };
  return {
    during: async (run) => {
      await reported();
      commands = [];
      await run();
      await reported();
      return commands.length;
    },
    end: () => {
      monitor.disconnect();
      marker.disconnect();
    },
  };
}
