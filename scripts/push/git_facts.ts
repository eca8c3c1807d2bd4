/** What git knows about a working tree. */
export interface GitFacts {
  /** Where it was asked. */
  directory?: string;
  commitSha?: string;
  branchName?: string;
  userName?: string;
  /** The branch that others are merged into. */
  defaultBranch?: string;
  /** Without a branch of its own (a detached HEAD): whether its commit is on the default branch. */
  isOnDefaultBranch?: boolean;
}

/**
 * Reads commit, branches and user; what git does not know is left out.
 *
 * @param directories Asked in turn, until one is in a working tree that has a commit.
 */
export async function readGitFacts(directories: string[]): Promise<GitFacts> {
  for (const directory of directories) {
    const facts = await factsIn(directory);
    if (facts.commitSha !== undefined) return facts;
  }
  const userName = await git(directories.at(-1)!, "config", "user.name");
  return userName ? { userName } : {};
}

async function factsIn(directory: string): Promise<GitFacts> {
  const [commitSha, branchName, userName, defaultRef] = await Promise.all([
    git(directory, "rev-parse", "--verify", "--quiet", "HEAD"),
    git(directory, "symbolic-ref", "--quiet", "--short", "HEAD"),
    git(directory, "config", "user.name"),
    findDefaultRef(directory),
  ]);
  const isDetached = commitSha !== "" && branchName === "";
  return {
    directory,
    ...(commitSha && { commitSha }),
    ...(branchName && { branchName }),
    ...(userName && { userName }),
    ...(defaultRef && {
      defaultBranch: defaultRef.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, ""),
    }),
    ...(isDetached && defaultRef && {
      isOnDefaultBranch: await isAncestor(directory, defaultRef),
    }),
  };
}

/**
 * git has no word for it. What the CI system says; what `git clone` found to be the remote's HEAD; where
 * there is none, a branch of a usual name: of the remote, and of the repository itself only where it
 * has no remote, because a local main may be a leftover.
 */
async function findDefaultRef(directory: string): Promise<string> {
  const ofSystem = Deno.env.get("CI_DEFAULT_BRANCH"); // GitLab
  if (ofSystem) return `refs/remotes/origin/${ofSystem}`;
  const remote = await git(directory, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD");
  if (remote !== "") return remote;
  const hasRemote = await git(directory, "remote") !== "";
  const base = hasRemote ? "refs/remotes/origin" : "refs/heads";
  const usual = [`${base}/main`, `${base}/master`];
  const there = await git(directory, "for-each-ref", "--format=%(refname)", ...usual);
  return usual.find((ref) => there.split("\n").includes(ref)) ?? "";
}

/** False also where the history is cut off (a shallow clone) and nobody can tell. */
async function isAncestor(directory: string, ref: string): Promise<boolean> {
  return await run(directory, ["merge-base", "--is-ancestor", "HEAD", ref]) !== undefined;
}

async function git(directory: string, ...args: string[]): Promise<string> {
  return (await run(directory, args))?.trim() ?? "";
}

async function run(cwd: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args, cwd, stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined; // git is not installed
  }
}
