# Makes {markdown, comment, errors, warnings, regressed, verdicts, isWorse, isOpen, check} of the results
# that were answered and the answers; fewer than were to be sent ($total) when a request failed. errors
# are what fails the step; verdicts is equal where a comment would say the same.

include "verdicts";

def scores: [
  {name: "f1", title: "F1", better: 1, digits: 4},
  {name: "precision", title: "Precision", better: 1, digits: 4},
  {name: "recall", title: "Recall", better: 1, digits: 4},
  {name: "latency_ms", title: "Latency (ms)", better: -1, digits: 1},
  {name: "analysis_cost", title: "Cost ($)", better: -1, digits: 6}
];

def change($score; $delta):
  if $delta == null then ""
  elif ($delta | rounded($score.digits)) == 0 then " (=)"
  else ($delta * $score.better > 0) as $isBetter
    | " (\(if $delta > 0 then "▲" else "▼" end) \($delta | fabs | rounded($score.digits)) \(if $isBetter then "better" else "**worse**" end))"
  end;

# [{metric: limit}] from "f1=0.05,latency_ms=200"
def parsedLimits: if $limits == "off" or $limits == "policy" then []
  else $limits | split(",") | map(split("=") | {name: .[0], limit: (.[1] | tonumber)}) end;

# What people read of many, as text, which takes a while to make; of the rest, how many.
def first_ones(text): {lines: (.[0:400] | map(text)), more: ([length - 400, 0] | max)};

# Lines as far as they fit: GitHub refuses a comment or a summary that is too long.
def fitting($bytes):
  reduce .lines[] as $line ({lines: [], size: 0, left: .more};
    .size += ($line | utf8bytelength) + 1
    | if .size > $bytes then .left += 1 else .lines += [$line] end)
  | .lines + (if .left > 0 then ["", "… and \(.left) more."] else [] end);

# Annotations, of texts and of judgements: GitHub shows fewer, and each takes a while, too.
def first_lines: (.[0:100] | map(if type == "string" then . else sentence end)) + (if length > 100 then ["… and \(length - 100) more."] else [] end);

# Of a file that is not below the checkout, GitHub shows no line.
def repository_path:
  tostring | ltrimstr("./") | if $workspace == "" then . else ltrimstr($workspace + "/") end
  | if . == "" or startswith("/") or test("(\\A|/)[.][.](/|\\z)") then ".github" else line(500) end;

def annotation($level; $title):
  {
    path: ((.row.source // "") | repository_path),
    start_line: 1,
    end_line: 1,
    annotation_level: $level,
    $title,
    message: ((.text // sentence) | line(1500) | inert)
  };

# GitHub takes so many with a request, and a job may not change the check that it made.
def max_annotations: 50;

($receipts[0].results | map(object)) as $answers
| ([$results[0], $answers, $sources[0][0:($answers | length)]] | transpose | map(
    .[2] as $source
    | .[1] as $receipt
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
        $receipt,
        $source
      }
    | .name = "\(.model | line)\(if .variant == "" then "" else " (\(.variant | line))" end)"
  )) as $rows
| ($rows | map(
    . as $row
    | parsedLimits[] as $limit
    | (scores[] | select(.name == $limit.name)) as $score
    | $row.before.deltas[$limit.name] as $delta
    | select($delta != null and $delta * $score.better < -$limit.limit)
    | {$row, metric: $limit.name,
        text: "\($row.name): \($limit.name) is worse by \($delta | fabs | rounded($score.digits)) than version \($row.before.version); the limit is \($limit.limit)."}
  )) as $overLimits
| ($overLimits | map(.text)) as $beyondLimits
| [$rows[] | . as $row | .receipt.judgements | arrays | .[] | objects
    | {judgement: ., $row, group: group($limits; $fail_on; $require)}] as $judged
| def of_group($group): [$judged[] | select(.group == $group)];
  of_group("regression") as $regressions
| of_group("required") as $required
| of_group("undecided") as $undecided
| of_group("worse") as $worse
| of_group("inconclusive") as $inconclusive
| of_group("not-worse") as $notWorse
| (if $require == "" then [] else
    [$rows[] | select([.receipt.judgements | arrays | .[] | objects | select(.severity == "fail")] | length == 0)
      | {row: ., metric: "", text: "\(.name): require: not-worse is not met: no metric with a policy of severity fail was compared with another run."}]
  end) as $lacking
| ($lacking | map(.text)) as $unjudged
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
| ($regressions + $required + $undecided + $worse + $inconclusive + $notWorse) as $byUrgency
| ($byUrgency | first_ones(verdict_row)) as $verdicts
| ([$rows[] | select(.receipt.nearest | type == "object") | nearest_sentence]) as $firstRuns
| ($total - ($rows | length)) as $missing
| def of_row: [.row.name, .row.dataset, .row.environment];
  # What is beyond a limit of the input may be worse by a policy, too.
  ([($overLimits[] | of_row + ["/" + .metric]), ($judged[] | select(.judgement.verdict == "worse") | of_row + [.judgement.metric])]
    | unique | length) as $worseCount
| any($rows[] | .before.deltas[parsedLimits[].name]; . != null) as $isLimited
| ([$judged[] | select(.judgement.verdict == "inconclusive")] | length) as $openCount
| ([$judged[] | select(.judgement.verdict == "not-worse")] | length) as $notWorseCount
| (($overLimits + $lacking + $regressions + $required + $undecided | length) > 0) as $isFailed
| "\(if $mode == "compare" then "Compared" else "Stored" end) are only the first \($rows | length) of \($total) results: the request with the next ones failed." as $cutShort
| (($overLimits + $lacking + $regressions + $required + $undecided | map({finding: ., level: "failure"}))
    + ($worse + $inconclusive | map({finding: ., level: "warning"}))) as $findings
| def bullets: first_ones("- \(if type == "string" then cell(1000) else markdown_sentence end)");
  [
    {heading: "Regressions", share: 0.08, list: ($beyondLimits + $regressions | bullets)},
    {heading: "Required, but not shown to be no worse", share: 0.08, list: ($unjudged + $required | bullets)},
    {heading: "Inconclusive, which fails here", share: 0.05, list: ($undecided | bullets)},
    {heading: "Worse than the policies allow", share: 0.05, list: ($worse | bullets)},
    {heading: "Inconclusive", share: 0.05, list: ($inconclusive | bullets)},
    {heading: "Not worse", share: 0.04, list: ($notWorse | bullets)},
    {heading: "First runs", share: 0.03, list: ($firstRuns | bullets)}
  ] as $sections
| def document($bytes):
    [
      "### Benchmark results\(if $mode == "compare" then ", compared with the current snapshots" else "" end)",
      ""
    ]
    + (if $missing == 0 then [] else
        ["**\($cutShort)**", ""] end)
    + (if ($rows | length) == 0 then [] else [
        "| Model | Data set | Environment | \(if $hasVariants then "Variant | " else "" end)Version | \(scores | map(.title) | join(" | ")) | Commit | Entry hash |",
        "| --- | --- | --- | \(if $hasVariants then "--- | " else "" end)---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"
      ] + ({$lines, more: 0} | fitting($bytes * 0.4)) end)
    + (if $verdicts.lines == [] then [] else [
        "",
        "| Model | Metric | Verdict | From | To | Interval | Evidence | Compared with |",
        "| --- | --- | --- | ---: | ---: | --- | --- | --- |"
      ] + ($verdicts | fitting($bytes * 0.2)) end)
    + ($sections | map(select(.list.lines != []) | ["", "**\(.heading)**", ""] + ((.share * $bytes) as $room | .list | fitting($room))) | add // [])
    + ["", if $mode == "compare" then "Nothing was stored."
        else "Each entry hash commits to all entries before it: this summary is evidence of what the ledger held." end, ""]
    | join("\n");
  document(60000) as $short # of 65,536 characters
| {
    errors: ($beyondLimits + $unjudged + $regressions + $required + $undecided | first_lines),
    warnings: ($worse + [$inconclusive[] | select(.judgement.severity == "fail")] | first_lines),
    regressed: (($beyondLimits | length) + ($regressions | length) > 0),
    markdown: document(900000), # of 1 MiB
    comment: $short,
    verdicts: ([($overLimits + $lacking)[] | [.row.name, .metric, "limit"]]
      + [$judged[0:2000][] | [.row.name, (.judgement.metric | line), (.judgement.verdict | line), .group]]),
    isWorse: ($worseCount > 0 or $isFailed),
    isOpen: ($openCount > 0),
    check: {
      # Only a failure blocks, and only what fails the step is one.
      conclusion: (if $isFailed or $missing > 0 then "failure"
        elif $worseCount + $openCount > 0 or ($notWorseCount == 0 and ($isLimited | not)) then "neutral"
        else "success" end),
      output: {
        title: (if $missing > 0 then "\($rows | length) of \($total) results"
          elif $worseCount + $openCount + $notWorseCount == 0 and ($isLimited | not) then "Nothing to compare with"
          else "\($worseCount) worse, \($openCount) inconclusive, \($notWorseCount) not worse" end),
        summary: ([
            (if $missing > 0 then $cutShort
              elif $isFailed then "The gate fails."
              elif $worseCount + $openCount + $notWorseCount == 0 and ($isLimited | not) then "Nothing was compared with another run."
              elif $worseCount + $openCount > 0 then "Nothing fails the gate, and not everything is shown to be no worse."
              else "Everything that was compared is no worse." end),
            ""
          ]
          + ($findings | map(.finding | if has("text") then .text else . end) | bullets | fitting(30000))
          + (if ($findings | length) > max_annotations then ["", "Annotations are shown for the first \(max_annotations) of \($findings | length)."] else [] end)
          | join("\n")),
        text: $short,
        annotations: ($findings[0:max_annotations] | map(.level as $level | .finding
          | annotation($level; if has("text") then "Worse than the gate allows" else .judgement | {"worse": "Worse", "inconclusive": "Inconclusive"}[.verdict | strings] // "Not shown to be no worse" end)))
      }
    }
  }
