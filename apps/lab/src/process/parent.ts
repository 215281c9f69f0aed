/** Sends a message to the parent. Resolves when the operating system has it, which delivers it even if this process is killed. */
export function sendToParent(message: object): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, (error: Error | null) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Handles the parent's messages, and ends this process with the parent. */
export function onParentMessage(handle: (message: never) => unknown): void {
  process.on('disconnect', () => process.exit(1));
  if (!process.connected) process.exit(1);
  process.on('message', (message) => void handle(message as never));
}
