import { Link } from "wouter-preact";
import type { OpenRegression } from "../client/documents.ts";
import { formatDay } from "../format/times.ts";
import { viewUrl } from "../use_view_url.ts";
import type { OverviewRow } from "./rows.ts";
import { summarize } from "./summary.ts";
import { useViewUrl } from "../use_view_url.ts";

/** A line that a person can repeat, and every part of it a way on. */
export function SummaryLine(
  { rows, regressions, isFiltered, isCandidates }: {
    rows: OverviewRow[];
    regressions: OpenRegression[];
    isFiltered: boolean;
    isCandidates: boolean;
  },
) {
  const { parameters } = useViewUrl();
  const { worse, oldest, counts, ...summary } = summarize(rows, regressions);
  const of = (state: string) => {
    const query = new URLSearchParams(parameters);
    query.set("verdict", state);
    return `?${query}`;
  };
  const count = isCandidates ? worse : summary.regressions;
  return (
    <p class="summary" aria-label="Summary">
      {count === 0
        ? <span>{isCandidates ? "No candidate is worse" : "No regression open"}</span>
        : (
          <span class="worse">
            <Link href={isFiltered || isCandidates ? of("worse") : viewUrl("regressions")}>
              {isCandidates
                ? `${count} worse`
                : `${count} regression${count === 1 ? "" : "s"} open`}
            </Link>
            {count > worse && ` in ${worse} configuration${worse === 1 ? "" : "s"}`}
            {oldest !== null && (
              <>
                {count === 1 ? ", since " : ", the oldest since "}
                <Link
                  href={viewUrl("run", {
                    configuration: oldest.configuration_id,
                    version: oldest.since_version,
                  })}
                  title={oldest.since_commit}
                >
                  {oldest.since_commit.slice(0, 7)}
                </Link>{" "}
                on {formatDay(oldest.since_at)}
              </>
            )}
          </span>
        )}
      {counts.map(({ state, count }) => (
        <span key={state}>
          {"; "}
          <Link href={of(state)}>{count} {state}</Link>
        </span>
      ))}
      {isFiltered && (
        <>
          {" "}
          <span class="hint">of what the filters leave</span>
        </>
      )}
    </p>
  );
}
