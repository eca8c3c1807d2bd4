# Reads an answer (with --slurp) and says ok, or what is wrong with it. Nothing of the answer is
# repeated: whatever stands there may be meant for the log of the job.

def is_uuid: type == "string" and test("\\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\z"; "i");
def is_hash: type == "string" and test("\\A[0-9a-f]{64}\\z");
def is_version: type == "number" and . >= 1 and . <= 9007199254740991 and . == floor;

# Of each of the numbers that a result may have, one that warns and one that fails.
def max_judgements: 10000;

def problem:
  if type != "object" then "is no object"
  elif .judgements | type == "array" and length > max_judgements then
    "has more than \(max_judgements) judgements"
  elif $mode == "compare" then
    if .dry_run != true then "does not say dry_run: true" else null end
  elif .transaction_id | is_uuid | not then "has a transaction_id that is no UUID"
  elif .snapshot_version | is_version | not then "has a snapshot_version that is no number of a version"
  elif .entry_hash | is_hash | not then "has an entry_hash that is not 64 hexadecimal digits"
  else null end;

if length != 1 then "it is not one JSON document"
elif .[0] | type != "object" or (.results | type != "array") then "it has no array of results"
elif .[0].results | length != $count then
  "it has \(.[0].results | length) receipts for \($count) results"
else
  [.[0].results | to_entries[] | (.value | problem) as $problem | select($problem) | "receipt \(.key + 1) \($problem)"]
  | .[0] // "ok"
end
