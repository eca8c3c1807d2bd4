# The results that were answered and their receipts as rows, and what tells these rows apart.

include "text";

def scores: [
  {name: "f1", title: "F1", better: 1, digits: 4},
  {name: "precision", title: "Precision", better: 1, digits: 4},
  {name: "recall", title: "Recall", better: 1, digits: 4},
  {name: "latency_ms", title: "Latency (ms)", better: -1, digits: 1},
  {name: "analysis_cost", title: "Cost ($)", better: -1, digits: 6}
];

# Names of a configuration, in the order of what people change most.
def names: [
  {key: "model_version", title: "Model"},
  {key: "prompt_version", title: "Prompt"},
  {key: "variant", title: "Variant"},
  {key: "dataset_version", title: "Data set"},
  {key: "environment", title: "Environment"}
];

# Where the dashboard shows a version of a configuration; null without dashboard. Both are of an answer.
def run_link($dashboard; $configuration; $version):
  if $dashboard == "" or ($version | type) != "number" or $version < 1 or $version != ($version | floor) then null
  elif $configuration | type == "string" and test("\\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\z"; "i") then
    "\($dashboard)&configuration=\($configuration)&version=\($version)"
  else null end;

def linked($link): if $link == null then . else "[\(.)](\($link))" end;

# A row from [result, receipt, file]. compare links what a result was compared with: it has no version of its own.
def run_row($mode; $sha; $dashboard):
  .[2] as $source | .[1] as $receipt | .[0] as $result
  | ($receipt.configuration | object) as $configuration
  | (($receipt.previous // $receipt.current) | object
      | {version: (.snapshot_version | number), deltas: (.deltas | object | map_values(number))}) as $before
  | (if $mode == "compare" then $before.version else $receipt.snapshot_version end) as $version
  | {
      names: (names | map({key: .key, value: ($configuration[.key] // $result[.key] // "" | line)}) | from_entries),
      metrics: ($result.metrics | object),
      commit: (($result.commit_sha // ($receipt.provenance | object | .attested | object | .commit_sha) // $sha)
        | if type == "string" and test("\\A[0-9a-fA-F]{7,64}\\z") then . else "" end),
      $before, $version, $receipt, $source,
      link: run_link($dashboard; $configuration.id; $version),
      notes: [
        if $receipt.published == false then "candidate" else empty end,
        if $receipt.replayed == true then "stored before" else empty end
      ]
    };

# Numbers the rows, and calls each by what tells it apart.
def numbered:
  . as $rows
  | [names[] | .key as $key | select([$rows[].names[$key]] | unique | length > 1) | $key] as $differing
  | to_entries | map(.key as $index | .value | . as $row | . + {
      $index,
      name: (.names.model_version
        + ([("variant", ($differing - ["model_version", "variant"])[]) | $row.names[.] | select(. != "")]
          | if . == [] then "" else " (\(join(", ")))" end))
    });

# What differs between the rows is a column each; the rest is said once.
def differing_names: . as $rows
  | names | map(.key as $key | select([$rows[].names[$key]] | unique | length > 1));
def common_names: . as $rows
  | names | map(.key as $key | select([$rows[].names[$key]] | unique | length == 1 and .[0] != ""));

def notes_text: if .notes == [] then "" else " (\(.notes | join(", ")))" end;

# 4 (candidate), or against 3
def version_text($mode):
  .link as $link
  | (if $mode == "compare" then (if .version == null then "new" else "against \(.version)" end)
    else "\(.version)" end | linked($link))
  + notes_text;
