/** As add_trust_rule() takes it: a bare name is a branch. */
export function fullRef(ref: string): string {
  return ref.startsWith("refs/") ? ref : `refs/heads/${ref}`;
}

/** What a rule publishes, in a sentence. */
export function publishedRefs(ref: string | null, allowsCandidates: boolean): string {
  return ref === null
    ? "Runs of any ref are published."
    : `Runs of ${fullRef(ref)} are published, those of other refs ${
      allowsCandidates ? "are candidates" : "are refused"
    }.`;
}
