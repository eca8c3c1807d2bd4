import type { Origin } from "../client/documents.ts";
import { originLinks } from "../metrics/origin_links.ts";

const SHORT = 7;

/** A commit, linked to where the credential attests that it is. */
export function CommitLink({ origin }: { origin: Origin }) {
  const { commit } = originLinks(origin);
  const text = <code>{origin.commit_sha.slice(0, SHORT)}</code>;
  return commit === null
    ? <span title={origin.commit_sha}>{text}</span>
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
