# Makes {markdown, regressions, warnings} of what was sent and what was answered.

def scores: [
  {name: "f1", title: "F1", better: 1, digits: 4},
  {name: "precision", title: "Precision", better: 1, digits: 4},
  {name: "recall", title: "Recall", better: 1, digits: 4},
  {name: "latency_ms", title: "Latency (ms)", better: -1, digits: 1},
  {name: "analysis_cost", title: "Cost ($)", better: -1, digits: 6}
];

# Names come from anywhere: none may end a cell, start HTML or Markdown, or a mention.
def cell: tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;")
  | gsub("(?<c>[\\[\\]|`*_~\\\\@!#])"; "\\\(.c)") | gsub("[\r\n]+"; " ");

def rounded($digits): . * pow(10; $digits) | round | . / pow(10; $digits);

def change($score; $delta):
  if $delta == null then ""
  elif ($delta | rounded($score.digits)) == 0 then " (=)"
  else ($delta * $score.better > 0) as $isBetter
    | " (\(if $delta > 0 then "▲" else "▼" end) \($delta | fabs | rounded($score.digits)) \(if $isBetter then "better" else "**worse**" end))"
  end;

# [{metric: limit}] from "f1=0.05,latency_ms=200"
def parsedLimits: if $limits == "off" or $limits == "policy" then []
  else $limits | split(",") | map(split("=") | {name: .[0], limit: (.[1] | tonumber)}) end;

[$results[0], $receipts[0].results] | transpose | map({result: .[0], receipt: .[1]}) as $rows
| ($rows | map(
    . as {$result, $receipt}
    | ($receipt.previous // $receipt.current // null) as $before
    | parsedLimits[] as $limit
    | (scores[] | select(.name == $limit.name)) as $score
    | ($before.deltas[$limit.name] // null) as $delta
    | select($delta != null and $delta * $score.better < -$limit.limit)
    | "\($receipt.configuration.model_version): \($limit.name) is worse by \($delta | fabs | rounded($score.digits)) than version \($before.snapshot_version); the limit is \($limit.limit)."
  )) as $regressions
| ($rows | map(
    .receipt as $receipt
    # A server of before the policies lists none.
    | $receipt.regressions // [] | .[]
    | {severity, text: "\($receipt.configuration.model_version): \(.metric) went from \(.from) in version \(.from_version) to \(.to); the policy allows \(
        if .limit_kind == "relative" then "\(.limit * 100 | rounded(4)) %" else .limit end) worse."}
  )) as $judged
| (if $limits == "policy" then $judged | map(select(.severity == "fail").text) else $regressions end) as $regressions
| ($judged | map(.text) - $regressions) as $warnings
| ($rows | map(
    . as {$result, $receipt}
    | ($receipt.previous // $receipt.current // null) as $before
    | ($result.commit_sha // $receipt.provenance.claims.sha // $sha) as $commit
    | [
        ($receipt.configuration.model_version | cell),
        ($receipt.configuration.dataset_version | cell),
        ($receipt.configuration.environment | cell),
        (if $mode == "compare" then
          (if $before then "against \($before.snapshot_version)" else "new" end)
        else "\($receipt.snapshot_version)\(if $receipt.replayed then " (stored before)" else "" end)" end),
        (scores[] as $score | $result.metrics[$score.name]
          | if . == null then "–" else "\(rounded($score.digits))\(change($score; $before.deltas[$score.name]))" end),
        (if $commit == "" then "–" else "[`\($commit[0:7])`](\($repository)/commit/\($commit))" end),
        (if $receipt.entry_hash then "`\($receipt.entry_hash)`" else "–" end)
      ]
    | "| \(join(" | ")) |"
  )) as $lines
| {
    regressions: $regressions,
    warnings: $warnings,
    markdown: (
      [
        "### Benchmark results\(if $mode == "compare" then ", compared with the current snapshots" else "" end)",
        "",
        "| Model | Data set | Environment | Version | \(scores | map(.title) | join(" | ")) | Commit | Entry hash |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"
      ] + $lines
      + (if ($regressions | length) > 0 then ["", "**Regressions**", ""] + ($regressions | map("- \(cell)")) else [] end)
      + (if ($warnings | length) > 0 then ["", "**Worse than the policies allow**", ""] + ($warnings | map("- \(cell)")) else [] end)
      + (if $mode == "compare" then ["", "Nothing was stored."] else ["", "Each entry hash commits to all entries before it: this summary is evidence of what the ledger held."] end)
      + [""] | join("\n"))
  }
