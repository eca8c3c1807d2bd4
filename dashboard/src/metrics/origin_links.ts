import type { Origin } from "../client/documents.ts";

/** Where a commit and a CI run can be looked at; null where the entry does not say. */
export interface OriginLinks {
  commit: string | null;
  run: string | null;
}

const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;

/**
 * Links to commit and run of an entry. Only to what the credential attests, in the repository that
 * it attests: a link made from what somebody claims would lend it a credibility that it has not.
 */
export function originLinks(origin: Origin): OriginLinks {
  const { repository, issuer, commit_sha, run_id, run_attempt, attested } = origin;
  const server = serverOf(issuer);
  if (repository === null || server === null || !REPOSITORY.test(repository)) {
    return { commit: null, run: null };
  }
  const base = `${server}/${repository}`;
  return {
    commit: commit_sha === attested?.commit_sha
      ? `${base}/commit/${encodeURIComponent(commit_sha)}`
      : null,
    run: run_id === attested?.run_id && run_attempt === attested?.run_attempt
      ? `${base}/actions/runs/${encodeURIComponent(run_id!)}/attempts/${run_attempt}`
      : null,
  };
}

/**
 * The commits between two runs, where both are attested in one repository: what can have caused
 * what changed from one to the other.
 *
 * @returns URL of the comparison, or null.
 */
export function commitRangeLink(from: Origin, to: Origin): string | null {
  if (from.repository !== to.repository || from.issuer !== to.issuer) return null;
  if (from.commit_sha === to.commit_sha) return null;
  if (originLinks(from).commit === null || originLinks(to).commit === null) return null;
  const [base, head] = [from, to].map(({ commit_sha }) => encodeURIComponent(commit_sha));
  return `${serverOf(to.issuer)}/${to.repository}/compare/${base}...${head}`;
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
