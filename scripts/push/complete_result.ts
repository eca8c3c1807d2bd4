import { basename } from "node:path";
import { membersOf } from "../cli/json_members.ts";
import type { GitFacts } from "./git_facts.ts";
import type { SourcedResult } from "./read_results.ts";
import { createRunIds } from "./run_id.ts";

/** Values by field of a result; what is undefined says nothing. */
export type Fields = Record<string, unknown>;

/** A result as it is sent. */
export interface PreparedResult extends SourcedResult {
  /** Why it is sent as a candidate, where neither it nor an option says so. */
  candidateBecause: string | undefined;
  /** Its branch, where nobody knows whether that is the default one. */
  unknownBranch: string | undefined;
  /** Whether its commit is what git says. */
  isCommitOfGit: boolean;
}

/**
 * Completes results with what options and git say: options win over the result, the result over
 * git. The text of every other member stays as it is.
 *
 * A result that nothing names a run for gets a `run_id` made of its content, file, commit and branch,
 * so that sending the same files again stores nothing twice. One that was measured on another branch
 * than the default one is a candidate.
 *
 * @param publishes Whether its branch makes none a candidate.
 */
export function completeResults(
  results: SourcedResult[],
  options: Fields,
  git: GitFacts,
  publishes: boolean,
): PreparedResult[] {
  const runIds = createRunIds("push");
  return results.map((result) => {
    const facts = { commit_sha: git.commitSha, branch_name: git.branchName };
    const isCommitOfGit = options.commit_sha === undefined &&
      fieldOf(result.text, "commit_sha") === undefined && git.commitSha !== undefined;
    const known = completeText(result.text, facts, options);
    const says = fieldOf(known, "candidate") !== undefined;
    const candidateBecause = says || publishes ? undefined : whyCandidate(known, git);
    const decided = completeText(known, {
      candidate: candidateBecause === undefined ? undefined : true,
    });
    const file = basename(result.source);
    const text = completeText(decided, {
      run_id: runIds.of(file, `${file}\n${decided}`),
      // Who it is says nothing about which run it is.
      triggered_by: git.userName,
    });
    const branch = fieldOf(known, "branch_name");
    return {
      ...result,
      text,
      candidateBecause,
      isCommitOfGit,
      unknownBranch: !says && !publishes && git.defaultBranch === undefined &&
          typeof branch === "string"
        ? branch
        : undefined,
    };
  });
}

/**
 * Puts members into the text of a JSON object.
 *
 * @param defaults For what the object lacks, or has as null.
 * @param overrides In the place of what the object has.
 */
export function completeText(text: string, defaults: Fields, overrides: Fields = {}): string {
  const kept: string[] = [];
  const present = new Set<string | number>();
  for (const { key, start, valueStart, end } of membersOf(text)) {
    if (overrides[key] !== undefined) continue;
    if (defaults[key] !== undefined && text.slice(valueStart, end) === "null") continue;
    present.add(key);
    kept.push(text.slice(start, end));
  }
  const filled = Object.entries({ ...defaults, ...withoutUndefined(overrides) })
    .filter(([key, value]) => value !== undefined && !present.has(key))
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{${[...filled, ...kept].join(",")}}`;
}

/** Undefined when it is not, or nobody knows. */
function whyCandidate(text: string, git: GitFacts): string | undefined {
  if (git.defaultBranch === undefined) return undefined;
  const branch = fieldOf(text, "branch_name");
  if (typeof branch === "string") {
    return branch.replace(/^refs\/heads\//, "") === git.defaultBranch
      ? undefined
      : `${branch} is not the default branch ${git.defaultBranch}`;
  }
  return git.isOnDefaultBranch === false
    ? `the checkout is not on the default branch ${git.defaultBranch}`
    : undefined;
}

/** A field of a result in its text; undefined for null, too, which says the same. */
export function fieldOf(text: string, name: string): unknown {
  const member = membersOf(text).find(({ key }) => key === name);
  return member === undefined
    ? undefined
    : JSON.parse(text.slice(member.valueStart, member.end)) ?? undefined;
}

function withoutUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
