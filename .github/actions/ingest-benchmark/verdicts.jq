# What is said of judgements: {judgement, row, group}, where judgement is what a server answered, and
# so may be anything, and row is a result and its receipt, see runs.jq.

include "text";

def has_evidence: .evidence | object | .method | . == "paired-items" or . == "standard-errors" or . == "history";

# What becomes of a judgement. The first three fail the step.
def group($limits; $fail_on; $require):
  (.severity == "fail") as $isFailure
  | if .verdict == "worse" and $isFailure and $limits == "policy" then "regression"
    elif $isFailure and $require == "not-worse" and (.verdict != "not-worse" or (has_evidence | not)) then "required"
    elif .verdict == "inconclusive" and $isFailure and $limits == "policy" and $fail_on == "inconclusive" then "undecided"
    elif .verdict == "worse" then "worse"
    elif .verdict == "inconclusive" then "inconclusive"
    else "not-worse" end;

# What a reader counts: worse, inconclusive, unproven (fine, but not as require wants it) or fine; null
# where a server says something else.
def kind:
  if .judgement.verdict == "worse" then "worse"
  elif .judgement.verdict == "inconclusive" then "inconclusive"
  elif .group == "required" then "unproven"
  elif .judgement.verdict == "not-worse" then "fine"
  else null end;

# --- Sentences -------------------------------------------------------------------------------

# A run of another configuration is named by what differs from the result's own.
def reference_name($own):
  object | (.configuration | object) as $other
  | (["model_version", "dataset_version", "prompt_version", "environment", "variant"]
      | map(select($other[.] != null and $other[.] != $own[.])
        | if . == "variant" and $other[.] == "" then "no variant" else $other[.] | line(100) end)) as $names
  | ($names + ["version \(.snapshot_version | number // "?")"]) | join(", ");

def compared_with: .row.receipt.configuration as $own | .judgement.reference | reference_name($own | object);

# The server's sentence, and what the run was compared with. Of an older server, without sentence, the name of the metric.
def sentence:
  (.judgement | (.summary | strings | line(600)) // "\(.metric | line): \(.verdict | line)") as $summary
  | "\(.row.name): \($summary) Compared with \(compared_with)."
    + (if .group == "required" and .judgement.verdict == "not-worse"
        then " require: not-worse wants more than the limit: items, a standard error, or 8 earlier runs." else "" end);

def sign: {"worse": "✗", "inconclusive": "?", "unproven": "?", "fine": "✓"}[kind // ""] // "–";

def nearest_sentence:
  .receipt.configuration as $own
  | (.receipt.nearest.deltas | object | to_entries[0:10]
      | map(select(.value | type == "number") | "\(.key | line(30)) \(.value | signed(false))")) as $deltas
  | "\(.name): first run of this configuration; nearest is \(.receipt.nearest | reference_name($own | object))"
    + (if ($deltas | length) == 0 then ", unjudged." else ", unjudged: \($deltas | join(", "))." end);

# --- Items -----------------------------------------------------------------------------------

# bill-7 (tp 1 → 0, fn 0 → 1)
def item_text:
  (.from | object) as $from | (.to | object) as $to
  | ($from | keys_unsorted[0:3] | map(select($from[.] != $to[.]) | "\(line(30)) \($from[.] | line(30)) → \($to[.] | line(30))")) as $scores
  | "\(.id | line(100))\(if $scores == [] then "" else " (\($scores | join(", ")))" end)";

# What a judgement says of single items; nothing where it says nothing.
def flipped_text:
  .judgement.flipped | object
  | ((.items | if type == "array" then . else [] end)[0:10] | map(objects | select(.change == "worse"))) as $items
  | [$items[] | select(.newly_failing == true) | item_text] as $failing
  | [$items[] | select(.newly_failing != true) | item_text] as $others
  | [
      (if (.worse | number) then "\(.worse) got worse, \(.better | number // 0) better." else empty end),
      (if $failing == [] then empty else "Newly failing: \($failing | join(", "))." end),
      (if $others == [] then empty else "Worse: \($others | join(", "))." end)
    ] | join(" ");

# --- Rows of a table -------------------------------------------------------------------------

# How far beyond zero the interval is: above 0 is better. Null where it has 0 in it, or is none.
def moved:
  .judgement.evidence | object | .interval
  | if type != "array" or length != 2 or (map(number) | any(. == null)) then null
    elif .[0] > 0 then 1 elif .[1] < 0 then -1 else null end;

# What a reader looks for first: worse that fails the build, worse, what is not shown, what moved.
def urgency:
  kind as $kind
  | if $kind == "worse" then (if .fails then 0 elif .judgement.severity == "fail" then 1 else 2 end)
    elif $kind == "unproven" then 3
    elif $kind == "inconclusive" then (if .fails then 4 elif .judgement.severity == "fail" then 5 else 6 end)
    elif moved != null then 7
    elif $kind == "fine" then 8
    else 9 end;

# How much of its limit a metric has used up; below 0 is better.
def used:
  .judgement
  | (.from | number // 0) as $from | ((.to | number // 0) - $from) as $change
  | ((.limit | number // 0) * (if .limit_kind == "relative" then ($from | fabs) else 1 end)) as $limit
  | (if .better == "lower" then $change else -$change end) / (if $limit > 0 then $limit else 1e-9 end);

def worst_first: sort_by([urgency, -used]);

# ✗ f1 worse
def verdict_cell:
  kind as $kind
  | (.fails and $kind == "worse") as $isBold
  | "\(sign)\u00a0\(.judgement.metric | tostring | ltrimstr("/") | name_cell) \(if $kind == "fine" and moved == 1 then "better" else $kind // "–" end)"
    + (if $kind == "worse" and .judgement.severity == "warn" then " (warning)" else "" end)
  | if $isBold then "**\(.)**" else . end;

# 0.91 → 0.86 (−0.05), in percent where the limit is.
def change_text:
  .judgement | (.from | number) as $from | (.to | number) as $to
  | "\($from | amount) → \($to | amount)"
    + (if $from == null or $to == null then ""
      elif .limit_kind == "relative" and $from != 0 then " (\(($to - $from) / ($from | fabs) | signed(true)))"
      else " (\($to - $from | signed(false)))" end);
