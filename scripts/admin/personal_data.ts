import { parseOptions, UsageError } from "../cli/command.ts";
import { isId } from "../cli/is_id.ts";
import { callFunction, findProject, type Project } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { COMMON_OPTIONS } from "./options.ts";

interface PersonalEntry {
  configuration_id: string;
  snapshot_version: number;
  transaction_id: string;
  created_at: string;
  triggered_by: string | null;
}

// Enough to see whether the right ones were found.
const SHOWN = 20;

/** `admin erase`. */
export async function erasePersonalData(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      "transaction": { type: "string" },
      "person": { type: "string" },
      "reason": { type: "string" },
      "yes": { type: "boolean", default: false },
    },
  });
  const { transaction, person } = values;
  if (!transaction === !person) {
    throw new UsageError("Give either --transaction ID or --person LOGIN.");
  }
  if (transaction && !isId(transaction)) {
    throw new UsageError(`--transaction must be an id: current value is ${transaction}.`);
  }
  if (!values.reason) throw new UsageError("--reason is required: it is what people read later.");
  if (!values.yes && !Deno.stdin.isTerminal()) {
    throw new UsageError("This cannot be undone, and nobody can be asked here: give --yes.");
  }
  const project = await findProject(values["data-dir"]);
  const find = () =>
    callFunction<PersonalEntry[]>(project, "find_personal_entries", {
      p_person: person ?? null,
      p_transaction_id: transaction ?? null,
    });
  const found = await find();
  if (person) {
    console.error(
      "Notes are not searched: what they say of whom, only people can tell. Erase such entries with --transaction.",
    );
  }
  if (found.length === 0) {
    console.error(
      person
        ? `No entry names ${person}.`
        : `No entry ${transaction} says anything about people: there is none, or it was erased before.`,
    );
    return 1;
  }
  if (!values.yes && !isConfirmed(found)) {
    console.error("Nothing was erased.");
    return 1;
  }

  let erased = 0;
  // Again, because an answer of the API has at most so many rows.
  for (let left = found; left.length > 0; left = await find()) {
    const now = await eraseAll(project, left, values.reason);
    if (now === 0) break;
    erased += now;
  }
  if (values.json) console.log(JSON.stringify({ erased }));
  else {
    console.log(
      `Erased what ${
        count(erased)
      } said about people. Their hashes hold as before: deno task verify`,
    );
  }
  return 0;
}

function isConfirmed(entries: PersonalEntry[]): boolean {
  console.error(renderTable(entries.slice(0, SHOWN), [
    { heading: "TRANSACTION", value: (entry) => entry.transaction_id },
    { heading: "STORED", value: (entry) => entry.created_at },
    { heading: "TRIGGERED BY", value: (entry) => entry.triggered_by ?? "" },
  ]));
  if (entries.length > SHOWN) console.error(`… and ${entries.length - SHOWN} more`);
  return confirm(
    `Erase what ${
      count(entries.length)
    } say about people: who triggered them, notes, the head of a fork? This cannot be undone.`,
  );
}

async function eraseAll(
  project: Project,
  entries: PersonalEntry[],
  reason: string,
): Promise<number> {
  let erased = 0;
  for (const { configuration_id, snapshot_version } of entries) {
    const isErased = await callFunction<boolean>(project, "erase_personal_data", {
      p_configuration_id: configuration_id,
      p_version: snapshot_version,
      p_reason: reason,
    });
    if (isErased) erased++;
  }
  return erased;
}

function count(entries: number): string {
  return entries === 1 ? "1 entry" : `${entries} entries`;
}
