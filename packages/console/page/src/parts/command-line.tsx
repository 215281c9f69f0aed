import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from './icon.tsx';

/** A line for a shell, to be copied. */
export function CommandLine({ line }: { readonly line: string }): JSX.Element {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(line);
    copied.value = true;
  };
  return (
    <div class="line">
      {/* it scrolls, so that a keyboard must reach it */}
      <code tabIndex={0} role="group" aria-label="Command line">
        {line}
      </code>
      {isSecureContext && (
        <button type="button" class="button small" onClick={() => void copy()}>
          <Icon name={copied.value ? 'check' : 'copy'} />
          {copied.value ? 'Copied' : 'Copy'}
        </button>
      )}
    </div>
  );
}
