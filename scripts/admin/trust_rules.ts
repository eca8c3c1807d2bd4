import { DEFAULT_ISSUER } from "../../supabase/functions/ingest-benchmark/settings.ts";
import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { renderTable } from "../cli/table.ts";
import type { IssuerKind } from "../../supabase/functions/ingest-benchmark/principal/issuers/issuer_model.ts";
import { lookUpRepository } from "./github_repository.ts";
import { findIssuer } from "./issuers.ts";
import { addProjectRule } from "./project_rules.ts";
import { fullRef, publishedRefs } from "./published_refs.ts";
import { COMMON_OPTIONS, environmentLabels, onlyPositional } from "./options.ts";

interface TrustRuleRow {
  id: number;
  kind: IssuerKind;
  issuer: string;
  repository: string;
  repository_id: string;
  repository_owner_id: string;
  workflow: string | null;
  ref_pattern: string | null;
  github_environment: string | null;
  environments: string[];
  allows_candidates: boolean;
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
      "project": { type: "string" },
      "project-id": { type: "string" },
      "namespace-id": { type: "string" },
      "organization-id": { type: "string" },
      "pipeline-id": { type: "string" },
      "environment": { type: "string", multiple: true },
      "workflow": { type: "string" },
      "ref": { type: "string" },
      "any-ref": { type: "boolean", default: false },
      "no-candidates": { type: "boolean", default: false },
      "issuer": { type: "string", default: Deno.env.get("GITHUB_OIDC_ISSUER") || DEFAULT_ISSUER },
      "github-environment": { type: "string" },
    },
  });
  const issuer = await findIssuer(values.issuer, values["organization-id"], values["data-dir"]);
  if (issuer.kind !== "github") {
    return await addProjectRule(issuer, {
      ...values,
      environment: environmentLabels(values.environment ?? []),
    });
  }
  values.issuer = issuer.url;
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
  if (values["any-ref"] && values.ref !== undefined) {
    throw new UsageError("Give either --ref or --any-ref.");
  }
  const isByHand = values["repository-id"] !== undefined;
  if (isByHand && values.ref === undefined && !values["any-ref"]) {
    throw new UsageError(
      "--ref or --any-ref is required with ids given by hand: GitHub is not asked then, so it is not known which branch is the default one, whose runs are published. The runs of other refs are candidates.",
    );
  }
  if (!isByHand && !isGitHubDotCom(values.issuer) && !Deno.env.get("GITHUB_API_URL")) {
    // A repository of the same name on github.com has ids that mean another one there.
    throw new UsageError(
      `${values.issuer} is not github.com's: give --repository-id, --owner-id and --ref, or say by GITHUB_API_URL where its server answers (https://HOST/api/v3, or https://api.SUBDOMAIN.ghe.com).`,
    );
  }
  const environments = environmentLabels(values.environment ?? ["github-actions"]);
  const project = await findProject(values["data-dir"]);
  const ids = isByHand
    ? {
      repositoryId: values["repository-id"]!,
      ownerId: values["owner-id"]!,
      defaultBranch: undefined,
    }
    : await lookUpRepository(repository);
  const ref = values["any-ref"] ? null : values.ref ?? `refs/heads/${ids.defaultBranch}`;
  const allowsCandidates = !values["no-candidates"];
  const id = await callFunction<number>(project, "add_trust_rule", {
    p_repository: repository,
    p_repository_id: ids.repositoryId,
    p_repository_owner_id: ids.ownerId,
    p_environments: environments,
    p_workflow: values.workflow ?? null,
    p_ref_pattern: ref,
    p_github_environment: values["github-environment"] ?? null,
    p_issuer: values.issuer,
    p_allows_candidates: allowsCandidates,
  });
  if (values.json) {
    console.log(JSON.stringify({
      id,
      repository,
      repository_id: ids.repositoryId,
      repository_owner_id: ids.ownerId,
      environments,
      issuer: values.issuer,
      ref_pattern: ref === null ? null : fullRef(ref),
      allows_candidates: allowsCandidates,
    }));
  } else {
    console.log(
      `Trust rule ${id}: ${repository} (repository_id ${ids.repositoryId}, owner id ${ids.ownerId}) may write ${
        environments.join(", ")
      }. ${publishedRefs(ref, allowsCandidates)}`,
    );
  }
  if (values.issuer !== DEFAULT_ISSUER && values.issuer !== Deno.env.get("GITHUB_OIDC_ISSUER")) {
    console.error(
      `Unless the function has it as GITHUB_OIDC_ISSUER, tokens of ${values.issuer} are refused until it is allowed: deno task admin issuer add --url ${values.issuer} --kind github`,
    );
  }
  if (ref !== null && !ref.startsWith("refs/")) {
    console.error(
      `--ref ${ref} means branches (${fullRef(ref)}); for tags write refs/tags/${ref}.`,
    );
  }
  return 0;
}

/** An enterprise may have a slug of its own behind the issuer. */
function isGitHubDotCom(issuer: string): boolean {
  return issuer === DEFAULT_ISSUER || issuer.startsWith(`${DEFAULT_ISSUER}/`);
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
      { heading: "PROJECT", value: (row) => row.repository },
      { heading: "PROJECT ID", value: (row) => row.repository_id, align: "right" },
      { heading: "OWNER ID", value: (row) => row.repository_owner_id, align: "right" },
      { heading: "WORKFLOW", value: (row) => row.workflow ?? "any" },
      { heading: "PUBLISHES", value: (row) => row.ref_pattern ?? "any" },
      { heading: "CANDIDATES", value: (row) => row.allows_candidates ? "stored" : "refused" },
      { heading: "GITHUB ENVIRONMENT", value: (row) => row.github_environment ?? "any" },
      { heading: "MAY WRITE", value: (row) => row.environments.join(",") },
      { heading: "ISSUER", value: (row) => row.issuer },
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
