import type { ComponentChildren } from "preact";

/** A row of choices. They take effect as they are made: there is nothing to submit. */
export function Filters({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <form class="filters" aria-label={label} onSubmit={(event) => event.preventDefault()}>
      {children}
    </form>
  );
}
