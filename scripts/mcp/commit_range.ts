import type { LedgerEntry } from "./documents.ts";

/** The commits that came between two runs. */
export interface CommitRange {
  from: string;
  to: string;
  /** For `git log` and `git bisect`. */
  range: string;
  /** Where it can be looked at; null where the entries do not prove the repository. */
  url: string | null;
}

const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;
const COMMIT = /^[0-9a-f]{7,64}$/;

/**
 * The commits after one run up to another. Linked only where the credentials of both attest commit
 * and repository: a link made of what somebody claims would lend it a credibility that it has not.
 */
export function commitRange(from: LedgerEntry, to: LedgerEntry): CommitRange {
  const repository = repositoryOf(to);
  const isSame = repository !== null && repository === repositoryOf(from);
  const range = `${from.commit_sha}..${to.commit_sha}`;
  const isLinked = isSame && COMMIT.test(from.commit_sha) && COMMIT.test(to.commit_sha);
  return {
    from: from.commit_sha,
    to: to.commit_sha,
    range,
    url: isLinked ? `${repository}/compare/${from.commit_sha}...${to.commit_sha}` : null,
  };
}

function repositoryOf({ commit_sha, provenance }: LedgerEntry): string | null {
  const { issuer, attested, claims } = provenance;
  const repository = claims?.repository;
  if (repository === undefined || !REPOSITORY.test(repository)) return null;
  if (attested?.commit_sha !== commit_sha || issuer === undefined || !URL.canParse(issuer)) {
    return null;
  }
  const { host, protocol, pathname, origin } = new URL(issuer);
  if (host === "token.actions.githubusercontent.com") return `https://github.com/${repository}`;
  return protocol === "https:" && pathname.startsWith("/_services/token")
    ? `${origin}/${repository}`
    : null;
}
