import { useViewUrl } from "../use_view_url.ts";
import type { Column } from "./data_table.tsx";

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
  const turn = (id: string) =>
    setParameters({
      [parameter]: columns.map((column) => column.id)
        .filter((other) => turned.includes(other) !== (other === id)).join(","),
    });
  return (
    <details class="chooser">
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
