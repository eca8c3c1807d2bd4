/** What git knows about the working tree. */
export interface GitFacts {
  commitSha?: string;
  branchName?: string;
  userName?: string;
}

/** Reads commit, branch and user; what git does not know is left out. */
export async function readGitFacts(): Promise<GitFacts> {
  const [commitSha, branchName, userName] = await Promise.all([
    git("rev-parse", "HEAD"),
    git("symbolic-ref", "--quiet", "--short", "HEAD"),
    git("config", "user.name"),
  ]);
  return {
    ...(commitSha && { commitSha }),
    ...(branchName && { branchName }),
    ...(userName && { userName }),
  };
}

async function git(...args: string[]): Promise<string> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  } catch {
    return ""; // git is not installed
  }
}
