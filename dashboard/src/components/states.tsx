import type { ComponentChildren } from "preact";
import type { Reading } from "../use_reading.ts";

/** Shown until there is something to show. */
export function Loading({ what }: { what: string }) {
  return (
    <p class="state" role="status">
      <span class="spinner" aria-hidden="true" /> Reading {what} …
    </p>
  );
}

/** Shown where there is nothing. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <section class="state">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Shown when reading failed. */
export function Failed({ message, retry }: { message: string; retry?: () => void }) {
  return (
    <section class="state error" role="alert">
      <h2>This could not be read</h2>
      <p>{message}</p>
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </section>
  );
}

/** A document's content, or why there is none yet. */
export function Reads<T>(
  { reading, what, children }: {
    reading: Reading<T>;
    what: string;
    children: (document: T) => ComponentChildren;
  },
) {
  const { document, error, isUnreachable, isBehind, retry } = reading;
  if (document === null) {
    return error === null ? <Loading what={what} /> : <Failed message={error} retry={retry} />;
  }
  return (
    <>
      {isBehind && <p class="behind" role="status">Reading {what} …</p>}
      {error !== null && !isUnreachable && (
        <Failed message={`What follows is older. ${error}`} retry={retry} />
      )}
      {children(document)}
    </>
  );
}
