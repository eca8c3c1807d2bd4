import type { Origin } from "../client/documents.ts";

/** Where a commit and a CI run can be looked at; null where the entry does not say. */
export interface OriginLinks {
  commit: string | null;
  run: string | null;
}

const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/**
 * Links to commit and run of an entry. Only of a repository that the credential attests: a link
 * made from what somebody claims would lend it a credibility that it has not.
 */
export function originLinks(origin: Origin): OriginLinks {
  const { repository, issuer, commit_sha, run_id, run_attempt } = origin;
  const server = serverOf(issuer);
  if (repository === null || server === null || !REPOSITORY.test(repository)) {
    return { commit: null, run: null };
  }
  const base = `${server}/${repository}`;
  return {
    commit: `${base}/commit/${encodeURIComponent(commit_sha)}`,
    run: run_id === null || !/^\d+$/.test(run_id)
      ? null
      : `${base}/actions/runs/${run_id}${run_attempt === null ? "" : `/attempts/${run_attempt}`}`,
  };
}

/** GitHub's own issuer stands for github.com, that of an Enterprise server for the server. */
function serverOf(issuer: string | null): string | null {
  if (issuer === null || !URL.canParse(issuer)) return null;
  const url = new URL(issuer);
  if (url.host === "token.actions.githubusercontent.com") return "https://github.com";
  return url.protocol === "https:" && url.pathname.startsWith("/_services/token")
    ? url.origin
    : null;
}
