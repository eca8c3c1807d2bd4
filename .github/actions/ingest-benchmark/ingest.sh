#!/usr/bin/env bash
# Posts result files to the ingest function. Inputs are the variables INPUT_*, see action.yml.
# Plain bash, curl and jq: nothing is installed in the job that holds the token.
set -euo pipefail
shopt -s nullglob extglob
# The bash 3.2 of macOS does not know it: there ** is *.
shopt -s globstar 2>/dev/null || true

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly max_batch=100
readonly max_bytes=1000000
readonly max_attempts=${INGEST_MAX_ATTEMPTS:-6}
readonly first_delay=${INGEST_FIRST_DELAY_SECONDS:-1}

umask 077
work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/ingest-benchmark.XXXXXX")
readonly work
receipts=$work/receipts.json
trap 'find "$work" -mindepth 1 ! -name receipts.json -delete' EXIT

# --- What the runner reads -------------------------------------------------------------------

# A workflow command is a line: a line break in a value would start another one.
command_value() { jq -Rrs 'rtrimstr("\n") | gsub("%"; "%25") | gsub("\r"; "%0D") | gsub("\n"; "%0A")' <<<"$1"; }
command_property() { command_value "$1" | jq -Rr 'gsub(":"; "%3A") | gsub(","; "%2C")'; }

annotate() { # level file message
  if [[ -n $2 ]]; then
    printf '::%s file=%s::%s\n' "$1" "$(command_property "$2")" "$(command_value "$3")"
  else
    printf '::%s::%s\n' "$1" "$(command_value "$3")"
  fi
}

fail() {
  annotate error "" "$1"
  exit 1
}

# Values are JSON on one line or true and false, so none can forge another output.
output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"; }

# --- Inputs ----------------------------------------------------------------------------------

url=${INPUT_URL%/}
[[ $url =~ ^https?:// ]] || fail "Input url must be the URL of the ingest function."
mode=${INPUT_MODE:-}
if [[ -z $mode ]]; then
  [[ ${GITHUB_EVENT_NAME:-} == pull_request ]] && mode=compare || mode=ingest
fi
[[ $mode == ingest || $mode == compare ]] || fail "Input mode must be ingest or compare, not $mode."
limits=${INPUT_FAIL_ON_REGRESSION:-off}
[[ $limits == off || $limits == policy || $limits =~ ^(precision|recall|f1|latency_ms|analysis_cost)=[0-9.]+(,(precision|recall|f1|latency_ms|analysis_cost)=[0-9.]+)*$ ]] ||
  fail "Input fail-on-regression must be off, policy or limits such as f1=0.05,latency_ms=200, not $limits."

files=()
while IFS= read -r pattern; do
  [[ -n $pattern ]] || continue
  # With an empty IFS a pattern is expanded as a glob and not split at spaces.
  IFS=
  # shellcheck disable=SC2206
  matches=($pattern)
  unset IFS
  for match in ${matches[@]+"${matches[@]}"}; do
    [[ -f $match ]] && files+=("$match")
  done
done <<<"${INPUT_FILES:-}"
((${#files[@]} > 0)) || fail "No file matches input files: ${INPUT_FILES:-}"

# --- Credential ------------------------------------------------------------------------------

# Prints the status, writes body and headers. Headers with a token come from a file: arguments
# of a process can be read by every other one.
request() { # body-file header-file url [curl options]
  local body=$1 headers=$2 target=$3
  shift 3
  curl --silent --show-error --max-time 60 \
    --output "$body" --dump-header "$work/headers" --write-out '%{http_code}' \
    --header "@$headers" "$@" -- "$target" 2>"$work/curl-error" || true
}

# Repeats a request after a connection error, 429, 502, 503 or 504: with a growing delay and
# jitter, or when the server says so. Never after another answer. Sets status.
with_retries() {
  local attempt delay after
  for ((attempt = 1; ; attempt++)); do
    status=$(request "$@")
    [[ $status =~ ^(000|429|502|503|504)$ ]] || return 0
    ((attempt < max_attempts)) || return 0
    delay=$(jq -n --argjson first "$first_delay" --argjson n "$attempt" --argjson random "$RANDOM" \
      '[$first * pow(2; $n - 1), 60] | min | . / 2 + . / 2 * $random / 32767')
    after=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]\{1,4\}\).*/\1/p' "$work/headers" 2>/dev/null | tail -n 1)
    if [[ -n $after && $first_delay != 0 ]]; then delay=$after; fi
    echo "Attempt $attempt of $max_attempts got $(describe_status), again in $delay s"
    sleep "$delay"
  done
}

describe_status() {
  if [[ $status == 000 ]]; then
    echo "no answer ($(tail -n 1 "$work/curl-error" | sed 's/^curl: //'))"
  else
    echo "HTTP $status"
  fi
}

# A new one for each batch: it lives five minutes.
write_credential() {
  local token=${INPUT_TOKEN:-} target
  if [[ -z $token ]]; then
    printf 'Authorization: Bearer %s\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" >"$work/oidc-credential"
    target="$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$(jq -rn --arg audience "${INPUT_AUDIENCE:-$url}" '$audience | @uri')"
    with_retries "$work/oidc-token" "$work/oidc-credential" "$target"
    [[ $status == 200 ]] || fail "GitHub gave no OIDC token: $(describe_status)."
    token=$(jq -r '.value // empty' "$work/oidc-token")
    [[ -n $token ]] || fail "GitHub answered without an OIDC token."
  fi
  echo "::add-mask::$token"
  printf 'Authorization: Bearer %s\n' "$token" >"$work/credential"
}

if [[ -z ${INPUT_TOKEN:-} && -z ${ACTIONS_ID_TOKEN_REQUEST_URL:-} ]]; then
  message="No credential: give the job permissions id-token: write, or set input token. A pull request from a fork has neither."
  [[ ${INPUT_ON_MISSING_CREDENTIAL:-skip} == skip ]] || fail "$message"
  annotate notice "" "$message Nothing was sent."
  output skipped true
  output regressed false
  exit 0
fi
output skipped false

# --- Results ---------------------------------------------------------------------------------

# Puts a field into a result that lacks it, as text: jq before 1.7 would round long numbers.
put_in() { # key value; reads and writes $result
  [[ -n $2 && $(jq --arg key "$1" 'has($key)' <<<"$result") == false ]] || return 0
  local rest=${result#*\{} member
  member="$(jq -n --arg key "$1" '$key'):$(jq -n --arg value "$2" '$value')"
  [[ $rest =~ ^[[:space:]]*\} ]] && result="{$member$rest" || result="{$member,$rest"
}

results=() # JSON texts
sources=() # the file of each
for file in "${files[@]}"; do
  kind=$(jq -r 'if type != "object" then type elif has("results") then "batch" else "result" end' -- "$file" 2>/dev/null) || kind=broken
  case $kind in
    result) contents=("$(<"$file")") ;;
    batch)
      contents=()
      while IFS= read -r content; do contents+=("$content"); done < <(jq -c '.results[]' -- "$file")
      ;;
    *)
      annotate error "$file" "$file is not a JSON object with a result, or with results."
      exit 1
      ;;
  esac
  for result in ${contents[@]+"${contents[@]}"}; do
    put_in environment "${INPUT_ENVIRONMENT:-}"
    put_in commit_sha "${INPUT_COMMIT_SHA:-}"
    results+=("$result")
    sources+=("$file")
  done
done

# --- Sending ---------------------------------------------------------------------------------

report_problem() { # first index of the batch
  local count=0 pointer message index
  echo "The ingest function answered $(describe_status)."
  while IFS= read -rd '' pointer && IFS= read -rd '' message; do
    index=$1
    [[ $pointer =~ ^/results/([0-9]+) ]] && index=$((index + BASH_REMATCH[1]))
    annotate error "${sources[index]:-${sources[$1]}}" "${pointer##/results/*([0-9])} $message"
    count=$((count + 1))
  done < <(jq -j '.errors[]? | .pointer, "\u0000", .message, "\u0000"' "$work/answer" 2>/dev/null)
  ((count > 0)) || annotate error "${sources[$1]}" \
    "$(jq -r '.detail // empty' "$work/answer" 2>/dev/null || true) ($(describe_status))"
  exit 1
}

send_batch() { # first index, count
  local query="" key options=()
  {
    printf '{"results":['
    local separator=""
    for ((i = $1; i < $1 + $2; i++)); do
      printf '%s%s' "$separator" "${results[i]}"
      separator=","
    done
    printf ']}'
  } >"$work/batch.json"
  [[ $mode == compare ]] && query="?dry_run=true"
  # An OIDC token names the run, which makes a retry safe. An ingest token does not.
  if [[ -n ${INPUT_TOKEN:-} ]]; then
    key=$({ printf '%s\n' "${GITHUB_REPOSITORY:-}" "${GITHUB_RUN_ID:-}" "${GITHUB_RUN_ATTEMPT:-}" "${GITHUB_JOB:-}" "$1"; cat "$work/batch.json"; } | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d' ' -f1)
    options=(--header "Idempotency-Key: $key")
  fi
  write_credential
  with_retries "$work/answer" "$work/credential" "$url$query" --request POST \
    --header 'Content-Type: application/json' ${options[@]+"${options[@]}"} --data-binary "@$work/batch.json"
  [[ $status == 200 || $status == 201 ]] || report_problem "$1"
  jq -c '.results[]' "$work/answer" >>"$work/receipts"
}

((${#results[@]} > 0)) || fail "The files hold no result: ${INPUT_FILES:-}"
: >"$work/receipts"
first=0
bytes=0
for ((n = 0; n < ${#results[@]}; n++)); do
  size=$(printf '%s' "${results[n]}" | wc -c)
  if ((n > first && (n - first == max_batch || bytes + size > max_bytes))); then
    send_batch "$first" $((n - first))
    first=$n
    bytes=0
  fi
  bytes=$((bytes + size + 1))
done
send_batch "$first" $((${#results[@]} - first))

# --- Report ----------------------------------------------------------------------------------

printf '%s\n' "${results[@]}" | jq -s . >"$work/results.json"
jq -s '{results: .}' "$work/receipts" >"$receipts"
jq -rn --slurpfile results "$work/results.json" --slurpfile receipts "$receipts" \
  --arg mode "$mode" --arg limits "$limits" --arg sha "${GITHUB_SHA:-}" \
  --arg repository "${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}" \
  --from-file "$here/report.jq" >"$work/report.json"
jq -r .markdown "$work/report.json" | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"

output transaction-ids "$(jq -c '[.results[].transaction_id // empty]' "$receipts")"
output snapshot-versions "$(jq -c '[.results[].snapshot_version // empty]' "$receipts")"
output receipts "$receipts"
regressed=$(jq '.regressions | length > 0' "$work/report.json")
output regressed "$regressed"

if [[ $mode == compare && ${INPUT_COMMENT:-true} == true && -n ${INPUT_GITHUB_TOKEN:-} ]]; then
  # shellcheck source=comment.sh
  source "$here/comment.sh"
fi

while IFS= read -r line; do annotate warning "" "$line"; done < <(jq -r '.warnings[]' "$work/report.json")
if [[ $regressed == true ]]; then
  while IFS= read -r line; do annotate error "" "$line"; done < <(jq -r '.regressions[]' "$work/report.json")
  exit 1
fi
