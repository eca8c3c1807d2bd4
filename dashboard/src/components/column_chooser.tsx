import { useEffect, useRef } from "preact/hooks";
import { useViewUrl } from "../use_view_url.ts";
import type { Column } from "./data_table.tsx";

/** Ids of columns that are not as they are usually, by the parameter that keeps them. */
export function turnedColumns(parameter: string | null): string[] {
  return (parameter ?? "").split(",").map((id) => id.replaceAll("%2C", ","));
}

/** Which columns of a table are shown; the URL keeps it. */
export function ColumnChooser<T>(
  { parameter, columns, turned }: {
    parameter: string;
    columns: Column<T>[];
    /** Ids of those that are not as they are usually. */
    turned: string[];
  },
) {
  const { setParameters } = useViewUrl();
  const place = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    // Not by the focus: a click on a label of the menu gives that to the page for a moment.
    const close = ({ target }: Event) => {
      if (!place.current!.contains(target as Node)) place.current!.open = false;
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, []);
  const turn = (id: string) =>
    setParameters({
      [parameter]: columns.map((column) => column.id)
        .filter((other) => turned.includes(other) !== (other === id))
        // The metrics of a history are columns, and their keys are anybody's.
        .map((other) => other.replaceAll(",", "%2C")).join(","),
    });
  return (
    <details
      ref={place}
      class="chooser"
      onKeyDown={({ key, currentTarget }) => {
        if (key !== "Escape" || !currentTarget.open) return;
        currentTarget.open = false;
        currentTarget.querySelector("summary")!.focus();
      }}
    >
      <summary>Columns</summary>
      <div class="menu">
        {columns.map(({ id, heading, isFolded = false, isName }) => (
          !isName && (
            <label key={id} class="check">
              <input
                type="checkbox"
                checked={isFolded === turned.includes(id)}
                onChange={() => turn(id)}
              />
              {heading}
            </label>
          )
        ))}
      </div>
    </details>
  );
}
