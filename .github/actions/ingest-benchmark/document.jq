# The report as Markdown, for summary, comment and check. What somebody must see stands open, the worst
# first; everything else is folded.

include "text";
include "verdicts";
include "runs";

# What people read of many, as text, which takes a while to make; of the rest, how many.
def first_ones(text): {lines: (.[0:400] | map(text)), more: ([length - 400, 0] | max)};

# Lines as far as they fit: GitHub refuses a comment or a summary that is too long.
def fitting($bytes):
  reduce .lines[] as $line ({lines: [], size: 0, left: .more};
    .size += ($line | utf8bytelength) + 1
    | if .size > $bytes then .left += 1 else .lines += [$line] end)
  | .lines + (if .left > 0 then ["", "… and \(.left) more."] else [] end);

def table_row: "| \(join(" | ")) |";
def table_head: [(map(.title) | table_row), (map(if .is_number then "---:" else "---" end) | table_row)];

# HTML ends at an empty line, and Markdown begins after one.
def folded($summary; $is_open): if . == [] then [] else
  ["", "<details\(if $is_open then " open" else "" end)><summary>\($summary)</summary>", ""] + . + ["", "</details>"] end;
def folded($summary): folded($summary; false);

def headed($heading): if . == [] then [] else ["", "**\($heading)**", ""] + . end;

def bullet: "- \(if type == "string" then cell(1000) else "\(sign) \(sentence | cell(1500))" end)";

# --- Verdicts --------------------------------------------------------------------------------

# At most so many rows stand open, unless they are about something that is not fine.
def max_open: 12;

def verdict_head($names; $isOne): [{title: "Verdict"}, {title: "From → to"}] + $names
  + (if $isOne then [] else [{title: "Run"}] end) | table_head;

def verdict_row($names; $isOne; $mode):
  .row as $row
  # What a phone shows without scrolling comes first.
  | [verdict_cell, change_text, ($names[] | $row.names[.key] | name_cell),
      if $isOne then empty else ($row | version_text($mode)) end]
  | table_row;

# Of entries that are sorted: the rows of those that stand open, and of the rest.
def verdict_rows($rows; $mode):
  ($rows | differing_names) as $names
  | (($rows | length) == 1) as $isOne
  | length as $all
  | ([map(select(urgency < 7)) | length, ([$all, max_open] | min)] | max) as $open
  | .[$open:] as $rest
  | {
      head: verdict_head($names; $isOne),
      open: (.[0:$open] | first_ones(verdict_row($names; $isOne; $mode))),
      rest: ($rest | first_ones(verdict_row($names; $isOne; $mode))),
      rest_name: "\($rest | length) more\(if all($rest[]; kind == "fine") then ", all fine" else "" end)"
    };

def verdict_tables($bytes):
  .head as $head | .rest_name as $name
  | (if .open.lines == [] then [] else [""] + $head + (.open | fitting($bytes * 0.2)) end)
    + (if .rest.lines == [] then [] else $head + (.rest | fitting($bytes * 0.08)) | folded($name) end);

# --- Scores ----------------------------------------------------------------------------------

def change($score; $delta):
  if $delta == null then ""
  elif ($delta | rounded($score.digits)) == 0 then " (=)"
  else ($delta * $score.better > 0) as $isBetter
    | " (\(if $delta > 0 then "▲" else "▼" end) \($delta | fabs | rounded($score.digits)) \(if $isBetter then "better" else "**worse**" end))"
  end;

def commit_cell($repository): if . == "" then "–" else "[`\(.[0:7])`](\($repository)/commit/\(.))" end;

# Other numbers that a result has at its top, which nothing is said of but their value.
def other_numbers: [scores[].name] as $known
  | to_entries | map(select((.value | type) == "number" and ([.key] | inside($known) | not)));

# Of one run a line a metric, which a phone shows whole.
def scores_of_one:
  .before.deltas as $deltas
  | .metrics as $metrics
  | ([{title: "Metric"}, {title: "Value"}] | table_head) as $head
  | [scores[] as $score | $metrics[$score.name] | number | select(. != null)
      | [$score.title, "\(rounded($score.digits))\(change($score; $deltas[$score.name]))"] | table_row]
    + ($metrics | other_numbers[0:50] | map([(.key | name_cell), (.value | amount)] | table_row))
  | if . == [] then [] else $head + . end;

# Of several, a line a run; the page is not wide enough for all that a result may have.
def scores_of_many($report):
  . as $rows
  | differing_names as $names
  | ([.[].commit] | unique | length > 1) as $hasCommits
  | [scores[] as $score | select(any($rows[]; .metrics[$score.name] | number != null)) | $score + {is_number: true}] as $scores
  | ([$rows[].metrics | other_numbers[].key] | unique | .[0:5]) as $others
  | if $names + $scores + $others == [] then [] else
    ($names + [{title: "Run"}] + $scores + ($others | map({title: name_cell, is_number: true})) + (if $hasCommits then [{title: "Commit"}] else [] end) | table_head)
      + (map(. as $row
        | [
            ($names[] | $row.names[.key] | name_cell),
            version_text($report.mode),
            ($scores[] as $score | $row.metrics[$score.name] | number
              | if . == null then "–" else "\(rounded($score.digits))\(change($score; $row.before.deltas[$score.name]))" end),
            ($others[] | $row.metrics[.] | amount),
            if $hasCommits then $row.commit | commit_cell($report.repository) else empty end
          ] | table_row))
    end;

def scores_folded($report; $bytes):
  $report.rows
  | length as $count
  | (if $count == 1 then .[0] | scores_of_one else scores_of_many($report) end)
  # Where nothing was judged, they are all there is to see.
  | {lines: ., more: 0} | fitting($bytes * 0.12)
  | folded("All scores\(if $count == 1 then "" else " of \($count) runs" end)"; $report.entries == []);

# --- Receipts --------------------------------------------------------------------------------

def receipts_folded($report; $bytes):
  if $report.mode != "ingest" then [] else
    $report.rows
    | length as $count
    | {lines: map([([.names[names[].key]] | map(select(. != "") | cell) | join(" / ")), "\(.receipt.snapshot_version)",
          "`\(.receipt.entry_hash)`"] | table_row), more: 0}
    | ([{title: "Configuration"}, {title: "Version", is_number: true}, {title: "Entry hash"}] | table_head) + fitting($bytes * 0.12)
      + ["", "Each entry hash commits to all entries before it: this is evidence of what the ledger held."]
    | folded("Entry hashes of \($count | counted("run"))")
  end;

# --- Above the tables ------------------------------------------------------------------------

# What was done, and what all runs have in common.
def introduction($report):
  $report.rows
  | length as $count
  | .[0].link as $link
  | (if $report.mode == "compare" then
      if $count == 1 and .[0].version != null then "Compared with \("version \(.[0].version)" | linked($link))" else "\($count | counted("run")) compared" end
    elif $count == 1 then "Stored as \("version \(.[0].version)" | linked($link))\(.[0] | notes_text)"
    else "\($count | counted("run")) stored" end) as $done
  | ([.[].index] - [$report.entries[].row.index] | length) as $unjudged
  | ([.[].commit] | unique | if length == 1 and .[0] != "" then [.[0]] else [] end) as $commits
  | [
      (if $report.entries == [] then empty else "\($report.entries | length | counted("metric")) judged" end),
      (if $unjudged > 0 and $unjudged < $count then "\($unjudged | counted("run")) with nothing to compare with" else empty end)
    ] as $counts
  | (common_names | map(.title as $title | "\($title | ascii_downcase) **\($report.rows[0].names[.key] | cell(120))**")) as $names
  | ([$report.entries[] | compared_with] | unique | if length == 1 and $report.mode == "ingest" then " Judged against \(.[0] | cell(300))." else "" end) as $reference
  | "\([$done] + $counts | join(", ")).\(if $report.mode == "compare" then " Nothing was stored." else "" end)"
    + $reference
    + (if $names + $commits == [] then "" else
        " \($names + ($commits | map("commit \(commit_cell($report.repository))")) | join(", ") | (.[0:1] | ascii_upcase) + .[1:])." end);

# --- The whole -------------------------------------------------------------------------------

# What is long to make, and the same whatever its size: {count, lines, more}.
def sentences: {count: length} + first_ones(bullet);

# The parts may have 0.94 of $bytes together, the lines above them some 6,000 more.
# $report is {title, mode, repository, rows, entries, verdicts, cutShort} and sentences: refusals, failing,
# warning, fine, firsts, flipped.
def document($report; $bytes):
  def part($share): fitting($bytes * $share);
  ["### Benchmarks: \($report.title)"]
  + (if $report.rows == [] then [] else ["", introduction($report)] end)
  + (if $report.cutShort == null then [] else ["", "**\($report.cutShort)**"] end)
  + ($report.refusals | part(0.06) | headed("Refused"))
  + ($report.verdicts | verdict_tables($bytes))
  + ($report.failing | part(0.1) | headed("Fails this step"))
  + ($report.warning | part(0.1) | headed("Does not fail this step"))
  + ($report.firsts | .count as $count | part(0.04)
    | if $count > 3 then folded("\($count) first runs, unjudged") else headed("Unjudged") end)
  + ($report.flipped | .count as $count | part(0.06) | folded("Items that changed, of \($count | counted("metric"))"))
  + ($report.fine | .count as $count | part(0.06) | folded(if $count == 1 then "What the fine one stands on" else "What the \($count) fine stand on" end))
  + (if $report.rows == [] then [] else scores_folded($report; $bytes) + receipts_folded($report; $bytes) end)
  + [""]
  | join("\n");
