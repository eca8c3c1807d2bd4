import type { ToldRun } from "./delivery.ts";

const PATH = /^[\w.-]+(\/[\w.-]+)+$/;

/**
 * Where the commit of a run can be looked at. Only of what the credential attests, in the repository
 * that it attests: a link made from what somebody claims would lend it a credibility that it has not.
 */
export function commitLink({ commit_sha, provenance }: ToldRun): string | null {
  const repository = repositoryOf(provenance);
  if (repository === null || provenance.attested?.commit_sha !== commit_sha) return null;
  const issuer = URL.parse(provenance.issuer ?? "");
  if (issuer === null) return null;
  const commit = encodeURIComponent(commit_sha);
  if (typeof provenance.claims?.project_path === "string") {
    // A GitLab may be below a path.
    return `${issuer.href.replace(/\/$/, "")}/${repository}/-/commit/${commit}`;
  }
  const server = gitHubServer(issuer);
  return server === null ? null : `${server}/${repository}/commit/${commit}`;
}

/** GitHub's own issuer stands for github.com, that of a GHE.com or an Enterprise server for the server. */
function gitHubServer({ host, origin, protocol, pathname }: URL): string | null {
  if (host === "token.actions.githubusercontent.com") return "https://github.com";
  const [, subdomain] = /^token\.actions\.([\w-]+)\.ghe\.com$/.exec(host) ?? [];
  if (subdomain !== undefined) return `https://${subdomain}.ghe.com`;
  return protocol === "https:" && pathname.startsWith("/_services/token") ? origin : null;
}

/** The repository that a token of GitHub or GitLab attests; null for any other credential. */
export function repositoryOf({ claims }: ToldRun["provenance"]): string | null {
  const repository = claims?.repository ?? claims?.project_path;
  if (typeof repository !== "string" || !PATH.test(repository)) return null;
  return repository.split("/").some((part) => /^\.+$/.test(part)) ? null : repository;
}
