# Makes {markdown, comment, regressions, warnings} of the results that were answered and the answers;
# fewer than were to be sent ($total) when a request failed.

def scores: [
  {name: "f1", title: "F1", better: 1, digits: 4},
  {name: "precision", title: "Precision", better: 1, digits: 4},
  {name: "recall", title: "Recall", better: 1, digits: 4},
  {name: "latency_ms", title: "Latency (ms)", better: -1, digits: 1},
  {name: "analysis_cost", title: "Cost ($)", better: -1, digits: 6}
];

# One line, however it was written.
def line: tostring | .[0:300] | gsub("[\\p{Cc}\\p{Zl}\\p{Zp}]+"; " ") | gsub("\\p{Cf}"; "");

# Names come from anywhere: none may end a cell, start HTML or Markdown, mention people or link.
# GitHub looks for mentions, references, URLs and emoji in the text that Markdown leaves, where a
# backslash is gone; a space without width (U+200B) stays between.
def cell: line
  | gsub(":(?=[A-Za-z0-9_+-]+:)"; ":\u200b")
  | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;")
  | gsub("(?<c>[\\[\\]|`*_~\\\\!])"; "\\\(.c)")
  | gsub("(?<c>[@#])"; "\(.c)\u200b")
  | gsub("://"; ":\u200b//") | gsub("(?<c>[Ww]{3})[.]"; "\(.c)\u200b.")
  | gsub("(?<c>\\b[Gg][Hh]-)(?=[0-9])"; "\(.c)\u200b")
  | if (split("$") | length) > 2 then gsub("\\$"; "<span>$</span>") else . end; # mathematics

def rounded($digits): . * pow(10; $digits) | round | . / pow(10; $digits);

def change($score; $delta):
  if $delta == null then ""
  elif ($delta | rounded($score.digits)) == 0 then " (=)"
  else ($delta * $score.better > 0) as $isBetter
    | " (\(if $delta > 0 then "▲" else "▼" end) \($delta | fabs | rounded($score.digits)) \(if $isBetter then "better" else "**worse**" end))"
  end;

# A server may answer anything: what is not of the type it should have is not there.
def number: if type == "number" then . else null end;
def object: if type == "object" then . else {} end;

# [{metric: limit}] from "f1=0.05,latency_ms=200"
def parsedLimits: if $limits == "off" or $limits == "policy" then []
  else $limits | split(",") | map(split("=") | {name: .[0], limit: (.[1] | tonumber)}) end;

# Lines as far as they fit: GitHub refuses a comment or a summary that is too long.
def fitting($bytes):
  reduce .[] as $line ({lines: [], size: 0, left: 0};
    .size += ($line | utf8bytelength) + 1
    | if .size > $bytes then .left += 1 else .lines += [$line] end)
  | .lines + (if .left > 0 then ["", "… and \(.left) more."] else [] end);

($receipts[0].results | map(object)) as $answers
| ([$results[0], $answers] | transpose | map(
    .[1] as $receipt
    | ($receipt.configuration | object) as $configuration
    | {
        metrics: (.[0].metrics | object),
        commit: ((.[0].commit_sha // ($receipt.provenance | object | .attested | object | .commit_sha) // $sha)
          | if type == "string" and test("\\A[0-9a-fA-F]{7,64}\\z") then . else "" end),
        model: ($configuration.model_version // .[0].model_version),
        dataset: ($configuration.dataset_version // .[0].dataset_version),
        environment: ($configuration.environment // .[0].environment // "–"),
        variant: ($configuration.variant // "" | tostring),
        before: (($receipt.previous // $receipt.current) | object
          | {version: (.snapshot_version | number), deltas: (.deltas | object | map_values(number))}),
        $receipt
      }
    | .name = "\(.model | line)\(if .variant == "" then "" else " (\(.variant | line))" end)"
  )) as $rows
| ($rows | map(
    . as $row
    | parsedLimits[] as $limit
    | (scores[] | select(.name == $limit.name)) as $score
    | $row.before.deltas[$limit.name] as $delta
    | select($delta != null and $delta * $score.better < -$limit.limit)
    | "\($row.name): \($limit.name) is worse by \($delta | fabs | rounded($score.digits)) than version \($row.before.version); the limit is \($limit.limit)."
  )) as $beyondLimits
| ($rows | map(
    . as $row
    # A server of before the policies lists none.
    | $row.receipt.regressions | arrays | .[] | objects
    | {severity, text: "\($row.name): \(.metric | line) went from \(.from | line) in version \(.from_version | line) to \(.to | line); the policy allows \(
        if .limit_kind == "relative" and (.limit | type == "number") then "\(.limit * 100 | rounded(4)) %" else .limit | line end) worse."}
  )) as $judged
| (if $limits == "policy" then $judged | map(select(.severity == "fail").text) else $beyondLimits end) as $regressions
| ($judged | map(.text) - $regressions) as $warnings
| any($rows[]; .variant != "") as $hasVariants
| ($rows | map(
    . as $row
    | [
        (.model | cell),
        (.dataset | cell),
        (.environment | cell),
        if $hasVariants then .variant | cell else empty end,
        (if $mode == "compare" then
          (if .receipt.published == false then "candidate, " else "" end)
          + (if .before.version then "against \(.before.version)" else "new" end)
        else
          ([if .receipt.published == false then "candidate" else empty end,
            if .receipt.replayed == true then "stored before" else empty end] | join(", ")) as $notes
          | "\(.receipt.snapshot_version)\(if $notes == "" then "" else " (\($notes))" end)"
        end),
        (scores[] as $score | $row.metrics[$score.name] | number
          | if . == null then "–" else "\(rounded($score.digits))\(change($score; $row.before.deltas[$score.name]))" end),
        (if .commit == "" then "–" else "[`\(.commit[0:7])`](\($repository)/commit/\(.commit))" end),
        (if $mode == "ingest" then "`\(.receipt.entry_hash)`" else "–" end)
      ]
    | "| \(join(" | ")) |"
  )) as $lines
| ($total - ($rows | length)) as $missing
| def document($bytes):
    [
      "### Benchmark results\(if $mode == "compare" then ", compared with the current snapshots" else "" end)",
      ""
    ]
    + (if $missing == 0 then [] else
        ["**\(if $mode == "compare" then "Compared" else "Stored" end) are only the first \($rows | length) of \($total) results: the request with the next ones failed.**", ""] end)
    + (if ($rows | length) == 0 then [] else [
        "| Model | Data set | Environment | \(if $hasVariants then "Variant | " else "" end)Version | \(scores | map(.title) | join(" | ")) | Commit | Entry hash |",
        "| --- | --- | --- | \(if $hasVariants then "--- | " else "" end)---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"
      ] + ($lines | fitting($bytes * 0.7)) end)
    + (if ($regressions | length) > 0 then ["", "**Regressions**", ""] + ($regressions | map("- \(cell)") | fitting($bytes * 0.1)) else [] end)
    + (if ($warnings | length) > 0 then ["", "**Worse than the policies allow**", ""] + ($warnings | map("- \(cell)") | fitting($bytes * 0.1)) else [] end)
    + ["", if $mode == "compare" then "Nothing was stored."
        else "Each entry hash commits to all entries before it: this summary is evidence of what the ledger held." end, ""]
    | join("\n");
  {
    $regressions,
    $warnings,
    markdown: document(900000), # of 1 MiB
    comment: document(60000) # of 65,536 characters
  }
