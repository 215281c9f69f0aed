import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { goTo } from '../routing/place.ts';
import { Icon } from './icon.tsx';

/** Where the key `/` goes. */
export const SEARCH_ID = 'search';

/** Finds a user by its id. An id may begin or end with spaces, so that none is cut off. */
export function Search({
  service,
  id = SEARCH_ID,
}: {
  readonly service: string;
  readonly id?: string;
}): JSX.Element {
  const uid = useSignal('');
  return (
    <form
      class="search"
      role="search"
      aria-label={id === SEARCH_ID ? 'Find a user from here' : 'Find a user'}
      onSubmit={(event) => {
        event.preventDefault();
        if (uid.value === '') return;
        goTo(service, { screen: 'user', uid: uid.value });
        uid.value = '';
      }}
    >
      <Icon name="search" />
      <label class="unseen" for={id}>
        User id
      </label>
      <input
        id={id}
        type="search"
        placeholder="Find a user by id"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={uid}
        onInput={({ currentTarget: { value } }) => (uid.value = value)}
      />
      {id === SEARCH_ID && <kbd aria-hidden="true">/</kbd>}
    </form>
  );
}
