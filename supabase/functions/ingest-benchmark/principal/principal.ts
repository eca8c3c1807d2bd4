import type { GitHubClaims } from "./github_claims.ts";

/** What a token says of its job, under the names of the columns that results have for it. */
export interface AttestedFacts {
  commit_sha: string;
  /** The ref without `refs/heads/`, `refs/tags/` or `refs/pull/`. */
  branch_name: string;
  run_id: string;
  run_attempt: number;
}

/** A job in GitHub Actions, its token verified. */
export interface GitHubPrincipal {
  method: "github-oidc";
  /** Exactly the `iss` of the token. */
  issuer: string;
  /** What trust rules decide by, and where the job is found again. Nothing about people. */
  claims: Omit<GitHubClaims, "sha" | "run_id" | "run_attempt" | "actor" | "head_ref">;
  attested: AttestedFacts;
  /** Who started the job: about a person, so stored where it can be erased. */
  triggeredBy: string;
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
export type Principal = GitHubPrincipal | TokenPrincipal | ImportPrincipal;

/** How a principal is called in the log, in the rate limit, and in the ledger. */
export function principalName(principal: Principal): string {
  switch (principal.method) {
    case "github-oidc":
      return `github:${
        principal.issuer.replace(/^https?:\/\//, "")
      }:${principal.claims.repository_id}`;
    case "ingest-token":
      return `token:${principal.tokenId}`;
    case "import":
      return "import";
  }
}
