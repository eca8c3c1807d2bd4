import type { IssuerKind } from "./issuers/issuer_model.ts";

/** What a token says of its job, under the names of the columns that results have for it. */
export interface AttestedFacts {
  commit_sha: string;
  /** The ref without `refs/heads/`, `refs/tags/` or `refs/pull/`. */
  branch_name: string;
  run_id: string;
  run_attempt: number;
}

/** What trust rules decide by, the same for every CI system. */
export interface JobFacts {
  /** What people call the project. */
  project: string;
  /** Its immutable id, and that of its owner. */
  project_id: string;
  owner_id: string;
  /** The full git ref; empty where the token names none. */
  ref: string;
  event_name: string;
  /** Whether what ran may be published at all: not what is under review. */
  may_publish: boolean;
}

/** A job of a CI system, its token verified. */
export interface JobPrincipal {
  method: `${IssuerKind}-oidc`;
  /** Exactly the `iss` of the token. */
  issuer: string;
  /** Where the job is found again. Nothing about people. */
  claims: Record<string, unknown>;
  job: JobFacts;
  /** What the token says; not every system says all of it. */
  attested: Partial<AttestedFacts>;
  /** Who started the job, where the token says it: about a person, so stored where it can be erased. */
  triggeredBy?: string;
  /** The branch under review of a pull request: often named after a person. */
  headRef?: string;
}

/** Somebody with an ingest token, whose secret only the database can check. */
export interface TokenPrincipal {
  method: "ingest-token";
  tokenId: string;
  /** SHA-256 of the secret in hex: the secret itself goes no further than the parser. */
  secretHash: string;
}

/** Whoever administers the project, and stores a history that was kept elsewhere. No credential of a request is one. */
export interface ImportPrincipal {
  method: "import";
}

/** Who calls. */
export type Principal = JobPrincipal | TokenPrincipal | ImportPrincipal;

/** Whether a principal is a job of a CI system. */
export function isJob(principal: Principal): principal is JobPrincipal {
  return "job" in principal;
}

/** How a principal is called in the log, in the rate limit, and in the ledger. */
export function principalName(principal: Principal): string {
  if (isJob(principal)) {
    const kind = principal.method.replace(/-oidc$/, "");
    return `${kind}:${principal.issuer.replace(/^https?:\/\//, "")}:${principal.job.project_id}`;
  }
  return principal.method === "import" ? "import" : `token:${principal.tokenId}`;
}
