import type { Origin } from "../client/documents.ts";
import { formatTime } from "../format/times.ts";
import { Clip } from "./clip.tsx";
import { Commit, CommitLink, RunLink } from "./commit_link.tsx";
import type { Column } from "./data_table.tsx";

/** A column of numbers. */
export function numberColumn<T>(
  id: string,
  heading: string,
  value: (row: T) => number | null,
): Column<T> {
  return { id, heading, value, isNumber: true };
}

/** A column of points in time: ISO text to sort and export by, the reader's own to read. */
export function timeColumn<T>(id: string, heading: string, value: (row: T) => string): Column<T> {
  return { id, heading, value, cell: (row) => formatTime(value(row)) };
}

/** A column of commits of which no repository is known. */
export function commitColumn<T>(id: string, heading: string, value: (row: T) => string): Column<T> {
  return {
    id,
    heading,
    value,
    cell: (row) => <Commit sha={value(row)} />,
  };
}

/** Where an entry came from, with links: commit and CI run. */
export function originColumns<T extends Origin>(): Column<T>[] {
  return [
    {
      id: "commit",
      heading: "Commit",
      value: (row) => row.commit_sha,
      cell: (row) => <CommitLink origin={row} />,
    },
    {
      id: "run",
      heading: "Run",
      value: (row) => row.run_id,
      // Of GitHub a number, and of others what they like.
      cell: (row) => (
        <Clip text={row.run_id ?? "–"}>
          <RunLink origin={row} />
        </Clip>
      ),
    },
  ];
}
