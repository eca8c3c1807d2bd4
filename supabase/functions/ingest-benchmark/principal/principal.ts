import type { GitHubClaims } from "./github_claims.ts";

/** The fields of a result that a credential can attest. */
export type Fact = "commit_sha" | "branch_name" | "run_id" | "run_attempt" | "triggered_by";

/** Values that the credential attests; a body that says otherwise is refused. */
export interface AttestedFacts {
  commit_sha?: string;
  /** All names of the same branch; the first is stored. */
  branch_name?: string[];
  run_id?: string;
  run_attempt?: number;
  triggered_by?: string;
}

/** A job in GitHub Actions, its token verified. */
export interface GitHubPrincipal {
  method: "github-oidc";
  claims: GitHubClaims;
  facts: AttestedFacts;
}

/** Somebody with an ingest token, whose secret only the database can check. */
export interface TokenPrincipal {
  method: "ingest-token";
  tokenId: string;
  /** SHA-256 of the secret in hex: the secret itself goes no further than the parser. */
  secretHash: string;
  facts: AttestedFacts;
}

/** Who calls. */
export type Principal = GitHubPrincipal | TokenPrincipal;

const FACTS: Fact[] = ["commit_sha", "branch_name", "run_id", "run_attempt", "triggered_by"];

/** How the facts of a principal are known: vouched for by its credential, or said by the body. */
export function provenanceOf(facts: AttestedFacts): { attested: Fact[]; claimed: Fact[] } {
  return {
    attested: FACTS.filter((fact) => facts[fact] !== undefined),
    claimed: FACTS.filter((fact) => facts[fact] === undefined),
  };
}

/** How a principal is called in the log and in the rate limit. */
export function principalName(principal: Principal): string {
  return principal.method === "github-oidc"
    ? `github:${principal.claims.repository_id}`
    : `token:${principal.tokenId}`;
}
