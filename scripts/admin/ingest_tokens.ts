import { generateIngestToken } from "../../supabase/functions/ingest-benchmark/principal/ingest_token.ts";
import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { COMMON_OPTIONS, environmentLabels, onlyPositional } from "./options.ts";

interface IngestTokenRow {
  id: string;
  name: string;
  environments: string[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
}

const DAY_MS = 86_400_000;

/** `admin token create|list|revoke`. */
export async function manageTokens([action, ...args]: string[]): Promise<number> {
  switch (action) {
    case "create":
      return await createToken(args);
    case "list":
      return await listTokens(args);
    case "revoke":
      return await revokeToken(args);
    default:
      throw new UsageError("token takes create, list or revoke.");
  }
}

async function createToken(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      "name": { type: "string" },
      "environment": { type: "string", multiple: true, default: ["local"] },
      "expires-in": { type: "string", default: "365" },
    },
  });
  if (!values.name) throw new UsageError("--name is required: say who or what will use the token.");
  const days = Number(values["expires-in"]);
  if (!(days > 0 && days <= 36_500)) {
    throw new UsageError(
      `--expires-in must be a number of days above 0: current value is ${values["expires-in"]}.`,
    );
  }
  const environments = environmentLabels(values.environment);
  const expiresAt = new Date(Date.now() + days * DAY_MS).toISOString();
  const project = await findProject(values["data-dir"]);
  const { token, id, secretHash } = await generateIngestToken();
  await callFunction(project, "create_ingest_token", {
    p_id: id,
    p_secret_hash: secretHash,
    p_name: values.name,
    p_environments: environments,
    p_expires_at: expiresAt,
  });
  if (values.json) {
    console.log(
      JSON.stringify({ id, token, name: values.name, environments, expires_at: expiresAt }),
    );
  } else {
    // The token alone on standard output, so that it can go straight into a secret store.
    console.error(
      `Token ${id} (${values.name}) may write ${
        environments.join(", ")
      } until ${expiresAt}.\nIt is shown once and cannot be shown again:`,
    );
    console.log(token);
  }
  return 0;
}

async function listTokens(args: string[]): Promise<number> {
  const { values } = parseOptions({ args, options: COMMON_OPTIONS });
  const project = await findProject(values["data-dir"]);
  const rows = await callFunction<IngestTokenRow[]>(project, "list_ingest_tokens");
  if (values.json) console.log(JSON.stringify(rows));
  else if (rows.length === 0) console.log("No ingest tokens.");
  else {
    console.log(renderTable(rows, [
      { heading: "ID", value: (row) => row.id },
      { heading: "NAME", value: (row) => row.name },
      { heading: "ENVIRONMENTS", value: (row) => row.environments.join(",") },
      { heading: "STATE", value: stateOf },
      { heading: "LAST USED", value: (row) => row.last_used_at ?? "never" },
    ]));
  }
  return 0;
}

async function revokeToken(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: COMMON_OPTIONS,
  });
  const id = onlyPositional(positionals, "token id");
  const project = await findProject(values["data-dir"]);
  const revoked = await callFunction<boolean>(project, "revoke_ingest_token", { p_id: id });
  if (values.json) console.log(JSON.stringify({ id, revoked }));
  else if (revoked) console.log(`Token ${id} is revoked.`);
  if (!revoked) console.error(`There is no token ${id} in force; see: deno task admin token list`);
  return revoked ? 0 : 1;
}

function stateOf(row: IngestTokenRow): string {
  if (row.revoked_at !== null) return `revoked ${row.revoked_at.slice(0, 10)}`;
  if (row.expires_at === null) return "active";
  const hasExpired = Date.parse(row.expires_at) <= Date.now();
  return `${hasExpired ? "expired" : "active until"} ${row.expires_at.slice(0, 10)}`;
}
