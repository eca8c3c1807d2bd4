# What is said of judgements: {judgement, row}, where judgement is what a server answered, and so
# may be anything, and row has name and receipt of its result.

# gsub takes milliseconds for a line of asterisks, and there may be thousands.
def replaced($old; $new): if contains($old) then split($old) | join($new) else . end;
def gsub_if($regex; $new): if test($regex) then gsub($regex; $new) else . end;

# One line, however it was written.
def line($most): tostring | .[0:$most] | gsub_if("[\\p{Cc}\\p{Zl}\\p{Zp}]+"; " ") | gsub_if("\\p{Cf}+"; "");
def line: line(300);

# Names come from anywhere: none may end a cell, start HTML or Markdown, mention people or link.
# GitHub looks for mentions, references, URLs and emoji in the text that Markdown leaves, where a
# backslash is gone; a space without width (U+200B) stays between.
def cell($most): line($most)
  | gsub_if(":(?=[A-Za-z0-9_+-]+:)"; ":\u200b")
  | replaced("&"; "&amp;") | replaced("<"; "&lt;") | replaced(">"; "&gt;")
  # First the backslash, which the others get.
  | reduce ("\\", "[", "]", "|", "`", "*", "_", "~", "!") as $mark (.; replaced($mark; "\\" + $mark))
  | replaced("@"; "@\u200b") | replaced("#"; "#\u200b")
  | replaced("://"; ":\u200b//")
  | if test("www\\."; "i") then gsub("(?<c>[Ww]{3})[.]"; "\(.c)\u200b.") else . end
  | if test("gh-"; "i") then gsub("(?<c>\\b[Gg][Hh]-)(?=[0-9])"; "\(.c)\u200b") else . end
  | if (split("$") | length) > 2 then replaced("$"; "<span>$</span>") else . end; # mathematics
def cell: cell(300);

# Text that is no Markdown where it is shown: no mention, reference or link in it all the same.
def inert: replaced("@"; "@\u200b") | replaced("#"; "#\u200b") | replaced("://"; ":\u200b//");

# A server may answer anything: what is not of the type it should have is not there.
def number: if type == "number" then . else null end;
def object: if type == "object" then . else {} end;

def rounded($digits): . * pow(10; $digits) | round | . / pow(10; $digits);

# A number with so many digits that count.
def significant($digits):
  if . == 0 then 0
  else ($digits - 1 - (fabs | log10 | floor)) as $places
    # What is beyond, a double cannot say in one step.
    | if $places > 22 or $places < -22 then .
      elif $places >= 0 then rounded($places)
      else (. / pow(10; -$places) | round) * pow(10; -$places) end
  end;

# A change with a sign that is one.
def signed($isPercent):
  (if $isPercent then . * 100 else . end | significant(3))
  | (if . > 0 then "+\(.)" elif . < 0 then "−\(-.)" else "±0" end) + (if $isPercent then " %" else "" end);

# --- Groups ----------------------------------------------------------------------------------

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

# --- Text ------------------------------------------------------------------------------------

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

# bill-7 (tp 1 → 0, fn 0 → 1)
def item_text:
  (.from | object) as $from | (.to | object) as $to
  | ($from | keys_unsorted[0:3] | map(select($from[.] != $to[.]) | "\(line(30)) \($from[.] | line(30)) → \($to[.] | line(30))")) as $scores
  | "\(.id | line(100))\(if $scores == [] then "" else " (\($scores | join(", ")))" end)";

def flipped_items:
  .judgement.flipped | object
  | ((.items | if type == "array" then . else [] end)[0:10] | map(objects | select(.change == "worse"))) as $items
  | [$items[] | select(.newly_failing == true) | item_text] as $failing
  | [$items[] | select(.newly_failing != true) | item_text] as $others
  | (if (.worse | number) then " \(.worse) items got worse, \(.better | number // 0) better." else "" end)
    + (if $failing == [] then "" else " Newly failing items: \($failing | join(", "))." end)
    + (if $others == [] then "" else " Worse: \($others | join(", "))." end);

def sign: {"worse": "✗", "inconclusive": "?", "not-worse": "✓"}[.judgement.verdict | strings] // "–";

def markdown_sentence: "\(sign) \(sentence + flipped_items | cell(2500))";

def verdict_text:
  {"worse": "✗ worse", "inconclusive": "? inconclusive", "not-worse": "✓ not worse"}[.verdict | strings] // "–";

def interval_text:
  .better as $better
  | .evidence | object | .interval as $interval | (.scale == "ratio") as $isRatio | (.confidence | number) as $confidence
  | if ($interval | type) != "array" or ($interval | map(number) | map(select(. != null)) | length) != 2 then "–"
    # In the direction of the metric: below 0 is worse in the answer.
    else ($interval | if $better == "lower" then [-.[1], -.[0]] else . end | map(signed($isRatio)) | join(" to "))
      + (if $confidence == null then "" else " (\($confidence * 100 | significant(3)) %)" end) end;

def evidence_text:
  .evidence | object | (.n | number) as $n
  | if .method == "paired-items" then "\($n // "the same") items"
    elif .method == "history" then "\($n // "the last") runs"
    elif .method == "standard-errors" then "standard errors"
    else "the limit alone" end;

def amount: number | if . == null then "–" else "\(significant(5))" end;

def verdict_row:
  . as $judged
  | .judgement
  | [
      ($judged.row.name | cell),
      (.metric | tostring | ltrimstr("/") | cell),
      verdict_text + (if .severity == "warn" and .verdict == "worse" then " (warning)" else "" end),
      (.from | amount),
      (.to | amount),
      interval_text,
      evidence_text,
      ($judged | compared_with | cell(600))
    ]
  | "| \(join(" | ")) |";

def nearest_sentence:
  .receipt.configuration as $own
  | (.receipt.nearest.deltas | object | to_entries[0:10]
      | map(select(.value | type == "number") | "\(.key | line(30)) \(.value | signed(false))")) as $deltas
  | "\(.name): first run of this configuration; nearest is \(.receipt.nearest | reference_name($own | object))"
    + (if ($deltas | length) == 0 then ", unjudged." else ", unjudged: \($deltas | join(", "))." end);
