# Makes {markdown, comment, errors, warnings, outputs, verdicts, isWorse, isOpen, check} of the results
# that were answered and the answers; fewer than were to be sent ($total) when a request failed. errors
# are what fails the step; verdicts is equal where a comment would say the same; outputs are those of the action: transactions, versions, and
# whether something regressed.

include "text";
include "verdicts";
include "runs";
include "document";

# [{metric: limit}] from "f1=0.05,latency_ms=200"
def parsedLimits: if $limits == "off" or $limits == "policy" then []
  else $limits | split(",") | map(split("=") | {name: .[0], limit: (.[1] | tonumber)}) end;

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
| ($refusals | split("\n")[:-1]) as $refused
| ([$results[0], $answers, ($sources | split("\n"))[0:($answers | length)]] | transpose | map(run_row($mode; $sha; $dashboard)) | numbered) as $rows

# --- What is judged: by policies of the database, and by limits of the input ---
| ($rows | map(
    . as $row
    | parsedLimits[] as $limit
    | (scores[] | select(.name == $limit.name)) as $score
    | ($row.metrics[$limit.name] | number) as $to
    | $row.before.deltas[$limit.name] as $delta
    | select($delta != null)
    | ($delta * $score.better < -$limit.limit) as $isBeyond
    | {
        $row, metric: $limit.name, $isBeyond,
        fails: $isBeyond,
        # As a policy would say it, for the table.
        judgement: {
          metric: "/\($limit.name)", verdict: (if $isBeyond then "worse" else "not-worse" end), severity: "fail",
          from: (if $to == null then null else $to - $delta end), $to, limit: $limit.limit, limit_kind: "absolute",
          better: (if $score.better > 0 then "higher" else "lower" end),
          reference: {configuration: $row.receipt.configuration, snapshot_version: $row.before.version}
        },
        text: "\($row.name): \($limit.name) is worse by \($delta | fabs | rounded($score.digits)) than version \($row.before.version); the limit is \($limit.limit)."
      }
  )) as $limited
| ($limited | map(select(.isBeyond))) as $overLimits
| ($overLimits | map(.text)) as $beyondLimits
| [$rows[] | . as $row | .receipt.judgements | arrays | .[] | objects
    | {judgement: ., $row, group: group($limits; $fail_on; $require)}
    | .fails = (.group == "regression" or .group == "required" or .group == "undecided")] as $judged
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

# A metric of a run is one entry, whatever looked at it: what is beyond a limit of the input may be fine by a policy.
| def place: "\(.row.index) \(.judgement.metric | tostring)";
  ($judged | map({key: place, value: true}) | from_entries) as $byPolicy
| ($overLimits | map({key: place, value: .}) | from_entries) as $beyond
| ([$judged[] | . as $entry | $beyond[place] | if . == null then $entry else $entry + {fails: true, judgement: ($entry.judgement + {verdict: "worse"})} end]
    + [$limited[] | select($byPolicy[place] | not)]
    | worst_first) as $entries
| def counted_as($one): [$entries[] | select(kind == $one)] | length;
  counted_as("worse") as $worseCount
| counted_as("inconclusive") as $openCount
| counted_as("unproven") as $unprovenCount
| counted_as("fine") as $fineCount
| ($total - ($rows | length)) as $missing
| (if $mode == "compare" then "compared" else "stored" end) as $done
| ($overLimits + $lacking + $regressions + $required + $undecided) as $failing
| ($failing | length > 0) as $isFailed
| ($worse + $inconclusive) as $warning

# --- What is said ---
| (if ($rows | length) == 0 then
    # After some failures nobody knows what is stored.
    "\(if $is_known == "true" then "nothing \($done)" else "no receipt" end), \($refused | length | counted("error"))"
  else
    ([
        if $worseCount > 0 then "\($worseCount) worse" else empty end,
        if $openCount > 0 then "\($openCount) inconclusive" else empty end,
        if $unprovenCount > 0 then "\($unprovenCount) unproven" else empty end,
        if $fineCount > 0 then "\($fineCount) fine" else empty end
      ] | if . == [] then "nothing to compare with" else join(", ") end)
    + (if $missing == 0 then "" else "; only \($rows | length) of \($total) results answered" end)
  end) as $title
| (if $missing == 0 or ($rows | length) == 0 then null
  else "Only the first \($rows | length) of \($total) results were \($done): the request with the next ones failed." end) as $cutShort
| {
    $title, $mode, $repository, $rows, $entries, $cutShort,
    verdicts: ($entries | verdict_rows($rows; $mode)),
    refusals: ($refused | sentences),
    failing: ($beyondLimits + $unjudged + ($regressions + $required + $undecided | worst_first) | sentences),
    warning: ($warning | worst_first | sentences),
    fine: ($notWorse | worst_first | sentences),
    firsts: ([$rows[] | select(.receipt.nearest | type == "object") | nearest_sentence] | sentences),
    # The first alone are read, and each takes a while.
    flipped: ([$judged[] | select(.judgement.flipped | type == "object")] | worst_first | length as $count
      | (.[0:400] | map({row, text: flipped_text, metric: (.judgement.metric | tostring | ltrimstr("/") | line)}
        | select(.text != "") | "\(.row.name), \(.metric): \(.text)") | sentences) + {$count})
  } as $report
| document($report; 56000) as $short # of 65,536 characters
| (($failing | map({finding: ., level: "failure"})) + ($warning | map({finding: ., level: "warning"}))) as $findings
| {
    errors: ($beyondLimits + $unjudged + $regressions + $required + $undecided | first_lines),
    warnings: ($worse + [$inconclusive[] | select(.judgement.severity == "fail")] | first_lines),
    outputs: [([$answers[].transaction_id // empty] | tojson), ([$answers[].snapshot_version // empty] | tojson),
      (($beyondLimits | length) + ($regressions | length) > 0 | tojson)],
    markdown: document($report; 900000), # of 1 MiB
    comment: $short,
    verdicts: ([($overLimits + $lacking)[] | [.row.name, .metric, "limit"]]
      + [$judged[0:2000][] | [.row.name, (.judgement.metric | line), (.judgement.verdict | line), .group]]
      + if $refused == [] then [] else ["refused"] end),
    isWorse: ($worseCount > 0 or $isFailed),
    isOpen: ($openCount > 0),
    check: {
      # Only a failure blocks, and only what fails the step is one.
      conclusion: (if $isFailed or $missing > 0 or $rows == [] then "failure"
        elif $worseCount + $openCount > 0 or $fineCount == 0 then "neutral"
        else "success" end),
      output: {
        $title,
        summary: ([
            (if $cutShort then $cutShort
              elif $rows == [] then "The step fails: see what was refused."
              elif $isFailed then "The gate fails."
              elif $worseCount + $openCount > 0 then "Nothing fails the gate, and not everything is shown to be no worse."
              elif $fineCount == 0 then "Nothing was compared with another run."
              else "Everything that was compared is no worse." end),
            ""
          ]
          + ($refused + ($findings | map(.finding | if has("text") then .text else . end)) | first_ones(bullet) | fitting(30000))
          + (if ($findings | length) > max_annotations then ["", "Annotations are shown for the first \(max_annotations) of \($findings | length)."] else [] end)
          | join("\n")),
        text: $short,
        annotations: ($findings[0:max_annotations] | map(.level as $level | .finding
          | annotation($level; if has("text") then "Worse than the gate allows" else .judgement | {"worse": "Worse", "inconclusive": "Inconclusive"}[.verdict | strings] // "Not shown to be no worse" end)))
      }
    }
  }
