import type { TrustedIssuer } from "../../supabase/functions/ingest-benchmark/principal/issuers/issuer_registry.ts";
import { UsageError } from "../cli/command.ts";
import { isId } from "../cli/is_id.ts";
import { callFunction, findProject } from "../cli/project.ts";
import { fullRef, publishedRefs } from "./published_refs.ts";

/** The options of `trust add` for a project that is not GitHub's. */
export interface ProjectRuleOptions {
  "project"?: string | undefined;
  "project-id"?: string | undefined;
  "namespace-id"?: string | undefined;
  "organization-id"?: string | undefined;
  "pipeline-id"?: string | undefined;
  "environment": string[];
  "ref"?: string | undefined;
  "any-ref": boolean;
  "no-candidates": boolean;
  "data-dir": string;
  "json": boolean;
}

/** Which options give the ids of a project, and what they are. */
const IDS = {
  gitlab: { project: "project-id", owner: "namespace-id", isNumber: true },
  circleci: { project: "project-id", owner: "organization-id", isNumber: false },
  buildkite: { project: "pipeline-id", owner: "organization-id", isNumber: false },
} as const;

/** `admin trust add` for GitLab, CircleCI and Buildkite. */
export async function addProjectRule(
  { url, kind }: TrustedIssuer,
  options: ProjectRuleOptions,
): Promise<number> {
  const ids = IDS[kind as keyof typeof IDS];
  const idOf = (name: typeof ids.project | typeof ids.owner): string => {
    const id = options[name] ??
      (name === "organization-id" && kind === "circleci"
        ? url.slice(url.lastIndexOf("/") + 1)
        : "");
    if (!(ids.isNumber ? /^[0-9]+$/.test(id) : isId(id))) {
      throw new UsageError(
        `--${name} must be ${ids.isNumber ? "a number" : "a UUID"}: ${
          id === "" ? "it is missing" : `current value is ${id}`
        }. Names can be taken by somebody else, ids cannot.`,
      );
    }
    return id.toLowerCase();
  };
  const projectId = idOf(ids.project);
  const ownerId = idOf(ids.owner);
  if (kind === "gitlab" && options.project === undefined) {
    throw new UsageError("--project GROUP/NAME is required: it is what people recognise it by.");
  }
  if (options["any-ref"] === (options.ref !== undefined)) {
    throw new UsageError(
      "Give either --ref or --any-ref: it says which runs are published; those of other refs are candidates.",
    );
  }
  if (options.environment.length === 0) {
    throw new UsageError("--environment LABEL is required: what the project may write.");
  }
  const name = options.project ?? `${ownerId}/${projectId}`;
  const ref = options["any-ref"] ? null : options.ref!;
  const allowsCandidates = !options["no-candidates"];
  const id = await callFunction<number>(
    await findProject(options["data-dir"]),
    "add_ci_trust_rule",
    {
      p_kind: kind,
      p_issuer: url,
      p_project: name,
      p_project_id: projectId,
      p_owner_id: ownerId,
      p_environments: options.environment,
      p_ref_pattern: ref,
      p_allows_candidates: allowsCandidates,
    },
  );
  if (options.json) {
    console.log(JSON.stringify({
      id,
      kind,
      issuer: url,
      project: name,
      project_id: projectId,
      owner_id: ownerId,
      environments: options.environment,
      ref_pattern: ref === null ? null : fullRef(ref),
      allows_candidates: allowsCandidates,
    }));
  } else {
    console.log(
      `Trust rule ${id}: ${name} (${ids.project} ${projectId}, ${ids.owner} ${ownerId}) of ${url} may write ${
        options.environment.join(", ")
      }. ${publishedRefs(ref, allowsCandidates)}`,
    );
  }
  if (kind === "circleci" && options.project === undefined) {
    console.error(
      "Without --project HOST/OWNER/NAME, the address of its repository, a build of a fork cannot be told from one of the project, where forks get secrets.",
    );
  }
  return 0;
}
