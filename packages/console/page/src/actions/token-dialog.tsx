import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { signIn, tokenWanted } from '../api/client.ts';
import { Dialog } from '../parts/dialog.tsx';

/** Asks for the bearer token while the server wants one. It stays in this page's memory. */
export function TokenDialog(): JSX.Element | null {
  return tokenWanted.value === 'no' ? null : <TokenForm isRefused={tokenWanted.value === 'refused'} />;
}

function TokenForm({ isRefused }: { readonly isRefused: boolean }): JSX.Element {
  const entered = useSignal('');
  return (
    <Dialog title="Sign in" onSubmit={() => entered.value !== '' && signIn(entered.value)}>
      <div class="field">
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          required
          autofocus
          value={entered}
          onInput={({ currentTarget: { value } }) => (entered.value = value)}
        />
        <small>This page keeps it in memory, and asks for it again when it is loaded again.</small>
      </div>
      <p role="alert">{isRefused && 'The server refused the token.'}</p>
      <footer>
        <button type="submit" class="button main-action">
          Sign in
        </button>
      </footer>
    </Dialog>
  );
}
