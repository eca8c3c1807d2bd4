/** What git knows about the working tree. */
export interface GitFacts {
  commitSha?: string;
  branchName?: string;
  userName?: string;
  /** The branch that others are merged into. */
  defaultBranch?: string;
  /** Without a branch of its own (a detached HEAD): whether its commit is on the default branch. */
  isOnDefaultBranch?: boolean;
}

/** Reads commit, branches and user; what git does not know is left out. */
export async function readGitFacts(): Promise<GitFacts> {
  const [commitSha, branchName, userName, defaultRef] = await Promise.all([
    git("rev-parse", "--verify", "--quiet", "HEAD"),
    git("symbolic-ref", "--quiet", "--short", "HEAD"),
    git("config", "user.name"),
    findDefaultRef(),
  ]);
  const isDetached = commitSha !== "" && branchName === "";
  return {
    ...(commitSha && { commitSha }),
    ...(branchName && { branchName }),
    ...(userName && { userName }),
    ...(defaultRef && {
      defaultBranch: defaultRef.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, ""),
    }),
    ...(isDetached && defaultRef && {
      isOnDefaultBranch: await succeeds("merge-base", "--is-ancestor", "HEAD", defaultRef),
    }),
  };
}

/**
 * git has no word for it: what `git clone` found to be the remote's HEAD; where there is none, a
 * branch of a usual name.
 */
async function findDefaultRef(): Promise<string> {
  const remote = await git("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD");
  if (remote !== "") return remote;
  const usual = [
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
  ];
  const there = (await git("for-each-ref", "--format=%(refname)", ...usual)).split("\n");
  return usual.find((ref) => there.includes(ref)) ?? "";
}

async function git(...args: string[]): Promise<string> {
  return (await run(args))?.trim() ?? "";
}

async function succeeds(...args: string[]): Promise<boolean> {
  return await run(args) !== undefined;
}

async function run(args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined; // git is not installed
  }
}
