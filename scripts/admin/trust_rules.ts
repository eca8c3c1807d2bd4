import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import { lookUpRepository } from "./github_repository.ts";
import { COMMON_OPTIONS, environmentLabels, onlyPositional } from "./options.ts";

interface TrustRuleRow {
  id: number;
  repository: string;
  repository_id: string;
  repository_owner_id: string;
  workflow: string | null;
  ref_pattern: string | null;
  github_environment: string | null;
  environments: string[];
}

/** `admin trust add|list|remove`. */
export async function manageTrustRules([action, ...args]: string[]): Promise<number> {
  switch (action) {
    case "add":
      return await addRule(args);
    case "list":
      return await listRules(args);
    case "remove":
      return await removeRule(args);
    default:
      throw new UsageError("trust takes add, list or remove.");
  }
}

async function addRule(args: string[]): Promise<number> {
  const { values } = parseOptions({
    args,
    options: {
      ...COMMON_OPTIONS,
      "repository": { type: "string" },
      "repository-id": { type: "string" },
      "owner-id": { type: "string" },
      "environment": { type: "string", multiple: true, default: ["github-actions"] },
      "workflow": { type: "string" },
      "ref": { type: "string" },
      "github-environment": { type: "string" },
    },
  });
  const repository = values.repository;
  if (!repository || !/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(repository)) {
    throw new UsageError("--repository OWNER/NAME is required.");
  }
  if ((values["repository-id"] === undefined) !== (values["owner-id"] === undefined)) {
    throw new UsageError("Give both --repository-id and --owner-id, or neither.");
  }
  for (const option of ["repository-id", "owner-id"] as const) {
    if (values[option] !== undefined && !/^[0-9]+$/.test(values[option])) {
      throw new UsageError(`--${option} must be a number: current value is ${values[option]}.`);
    }
  }
  const environments = environmentLabels(values.environment);
  const project = await findProject(values["data-dir"]);
  const ids = values["repository-id"] !== undefined && values["owner-id"] !== undefined
    ? { repositoryId: values["repository-id"], ownerId: values["owner-id"] }
    : await lookUpRepository(repository);
  const id = await callFunction<number>(project, "add_trust_rule", {
    p_repository: repository,
    p_repository_id: ids.repositoryId,
    p_repository_owner_id: ids.ownerId,
    p_environments: environments,
    p_workflow: values.workflow ?? null,
    p_ref_pattern: values.ref ?? null,
    p_github_environment: values["github-environment"] ?? null,
  });
  if (values.json) {
    console.log(JSON.stringify({
      id,
      repository,
      repository_id: ids.repositoryId,
      repository_owner_id: ids.ownerId,
      environments,
    }));
  } else {
    console.log(
      `Trust rule ${id}: ${repository} (repository_id ${ids.repositoryId}, owner id ${ids.ownerId}) may write ${
        environments.join(", ")
      }.`,
    );
  }
  return 0;
}

async function listRules(args: string[]): Promise<number> {
  const { values } = parseOptions({ args, options: COMMON_OPTIONS });
  const project = await findProject(values["data-dir"]);
  const rows = await callFunction<TrustRuleRow[]>(project, "list_trust_rules");
  if (values.json) console.log(JSON.stringify(rows));
  else if (rows.length === 0) console.log("No trust rules.");
  else {
    console.log(renderTable(rows, [
      { heading: "ID", value: (row) => String(row.id), align: "right" },
      { heading: "REPOSITORY", value: (row) => row.repository },
      { heading: "REPOSITORY ID", value: (row) => row.repository_id, align: "right" },
      { heading: "OWNER ID", value: (row) => row.repository_owner_id, align: "right" },
      { heading: "WORKFLOW", value: (row) => row.workflow ?? "any" },
      { heading: "REF", value: (row) => row.ref_pattern ?? "any" },
      { heading: "GITHUB ENVIRONMENT", value: (row) => row.github_environment ?? "any" },
      { heading: "MAY WRITE", value: (row) => row.environments.join(",") },
    ]));
  }
  return 0;
}

async function removeRule(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: COMMON_OPTIONS,
  });
  const id = onlyPositional(positionals, "rule id");
  if (!/^[0-9]{1,15}$/.test(id)) {
    throw new UsageError(`A rule id is a number: current value is ${id}.`);
  }
  const project = await findProject(values["data-dir"]);
  const removed = await callFunction<boolean>(project, "remove_trust_rule", { p_id: Number(id) });
  if (values.json) console.log(JSON.stringify({ id: Number(id), removed }));
  else if (removed) console.log(`Trust rule ${id} is removed.`);
  if (!removed) console.error(`There is no trust rule ${id}; see: deno task admin trust list`);
  return removed ? 0 : 1;
}
