import { UserError } from "../cli/user_error.ts";

/** The numeric ids that decide which repository is meant, and its default branch. */
export interface GitHubRepository {
  repositoryId: string;
  ownerId: string;
  defaultBranch: string;
}

/**
 * Looks up a repository at GitHub (`GITHUB_API_URL`, `GITHUB_TOKEN` for a private one).
 *
 * @param repository OWNER/NAME.
 * @throws {UserError} When GitHub does not answer or does not show the repository.
 */
export async function lookUpRepository(repository: string): Promise<GitHubRepository> {
  const api = (Deno.env.get("GITHUB_API_URL") || "https://api.github.com").replace(/\/+$/, "");
  const token = Deno.env.get("GITHUB_TOKEN");
  const advice =
    "Give the ids yourself: gh api repos/OWNER/NAME --jq '.id, .owner.id', then --repository-id, --owner-id and --ref.";
  let response: Response;
  try {
    response = await fetch(`${api}/repos/${repository}`, {
      headers: {
        "Accept": "application/vnd.github+json",
        ...(token && { "Authorization": `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    throw new UserError(
      `Cannot ask ${api} for ${repository}: ${(error as Error).message}. ${advice}`,
    );
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new UserError(
      `${api} answers ${response.status} for ${repository}: does it exist, and does a private one have GITHUB_TOKEN? ${advice}`,
    );
  }
  const { id, owner, default_branch } = await response.json();
  return { repositoryId: String(id), ownerId: String(owner.id), defaultBranch: default_branch };
}
