import { Link } from "wouter-preact";
import type { Origin } from "../client/documents.ts";
import { originLinks } from "../metrics/origin_links.ts";
import { viewUrl } from "../use_view_url.ts";

const SHORT = 7;

/** A commit by its first digits, and whole under the pointer. */
export function Commit({ sha }: { sha: string }) {
  return <code title={sha}>{sha.slice(0, SHORT)}</code>;
}

/** A commit that leads to the run that measured it. */
export function CommitOfRun(
  { sha, configuration, version }: { sha: string; configuration: string; version: number },
) {
  return (
    <Link href={viewUrl("run", { configuration, version })} title={sha}>
      <Commit sha={sha} />
    </Link>
  );
}

/** A commit, linked to where the credential attests that it is. */
export function CommitLink({ origin }: { origin: Origin }) {
  const { commit } = originLinks(origin);
  const text = <Commit sha={origin.commit_sha} />;
  return commit === null
    ? text
    : <a href={commit} rel="noreferrer" title={origin.commit_sha}>{text}</a>;
}

/** The CI run of an entry, linked likewise. */
export function RunLink({ origin }: { origin: Origin }) {
  if (origin.run_id === null) return <>–</>;
  const { run } = originLinks(origin);
  const attempt = (origin.run_attempt ?? 1) > 1 ? ` (attempt ${origin.run_attempt})` : "";
  const text = `${origin.run_id}${attempt}`;
  return run === null ? <>{text}</> : <a href={run} rel="noreferrer">{text}</a>;
}
