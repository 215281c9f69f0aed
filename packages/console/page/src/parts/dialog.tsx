import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** A modal dialog, open as long as it is drawn. The browser keeps the focus in it, and gives it back. */
export function Dialog(props: {
  readonly title: string;
  readonly onSubmit: () => void;
  /** Absent for one that cannot be left. */
  readonly onCancel?: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        props.onCancel?.();
      }}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          props.onSubmit();
        }}
      >
        <h2 id="dialog-title" class="wrap">
          {props.title}
        </h2>
        {props.children}
      </form>
    </dialog>
  );
}
