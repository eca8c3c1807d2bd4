-- How an entry of the ledger is hashed. One definition, used when an entry is written and when
-- it is verified; scripts/verify.ts has the same rule outside the database, so that a receipt
-- can be checked without trusting this function.

-- All of it is plpgsql, because Postgres before 18 parses and plans the body of an SQL function
-- that it cannot inline anew in every transaction: measured, nearly half of a whole ingest call.

create function benchmark_private.utc_text(p_at timestamptz) returns text
language plpgsql
stable parallel safe
set search_path = ''
as $$
begin
  -- The text of a timestamptz depends on the session's TimeZone; the hash must not.
  return pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
end;
$$;
comment on function benchmark_private.utc_text(timestamptz) is
  'A point in time as ISO 8601 text in UTC with six decimals of a second, whatever the session''s time zone.';

create function benchmark_private.entry_hash(p_entry public.benchmark_transactions) returns bytea
language plpgsql
stable parallel safe
set search_path = ''
as $$
begin
  -- Canonical bytes: the text form of jsonb, which is defined as keys sorted by length in bytes
  -- and then by bytes, ", " and ": " between them, strings with the shortest escapes, numbers
  -- in plain decimals without exponent. The objections to jsonb::text (it keeps 1.0 <> 1.00 and
  -- forgets -0) are met before: numbers are normalised on their way in. Two lines, because one
  -- array around it all would build the metrics document anew. Times are seconds since 1970 in
  -- microseconds, because the text of a timestamptz depends on the session's time zone.
  return pg_catalog.sha256(pg_catalog.convert_to(
    pg_catalog.jsonb_build_array(
      'benchmark-ledger/v1',
      p_entry.model_version, p_entry.dataset_version, p_entry.prompt_version, p_entry.environment,
      p_entry.snapshot_version,
      pg_catalog.encode(p_entry.previous_hash, 'hex'),
      p_entry.id,
      extract(epoch from p_entry.created_at),
      p_entry.principal,
      p_entry.provenance,
      p_entry.commit_sha, p_entry.branch_name, p_entry.model_provider, p_entry.dataset_size,
      p_entry.run_id, p_entry.run_attempt, p_entry.triggered_by, p_entry.duration_seconds,
      p_entry.error_count, p_entry.success_count, p_entry.tags, p_entry.notes,
      extract(epoch from p_entry.measured_at)
    )::text || E'\n' || p_entry.metrics::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.entry_hash(public.benchmark_transactions) is
  'SHA-256 over domain, configuration, version, previous entry_hash, id, time, principal, provenance, facts and metrics of an entry: the link of the hash chain (Haber and Stornetta 1991, "How to time-stamp a digital document"). The hashed text is a JSON array of all but the metrics, a line feed, and the metrics. Depends on no setting of the session.';
