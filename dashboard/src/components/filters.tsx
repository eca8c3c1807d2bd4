import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * A row of choices. They take effect as they are made: there is nothing to submit. On a phone they
 * are folded, so that what they choose from is on the first screen.
 *
 * @param chosen How many of them are not as they are usually.
 */
export function Filters(
  { label, children, chosen = 0 }: {
    label: string;
    children: ComponentChildren;
    chosen?: number;
  },
) {
  const isNarrow = useNarrow();
  const form = (
    <form
      class="filters"
      aria-label={label}
      onSubmit={(event) => event.preventDefault()}
    >
      {children}
    </form>
  );
  if (!isNarrow) return form;
  return (
    <details class="folded">
      <summary>{label}{chosen > 0 && ` (${chosen} set)`}</summary>
      {form}
    </details>
  );
}

/** Whether rows are cards: as in styles.css. */
function useNarrow(): boolean {
  const query = "(max-width: 40rem)";
  const [isNarrow, setNarrow] = useState(matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const onChange = () => setNarrow(list.matches);
    list.addEventListener("change", onChange);
    return () => list.removeEventListener("change", onChange);
  }, []);
  return isNarrow;
}
