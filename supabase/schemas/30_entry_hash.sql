-- How an entry of the ledger is hashed: format benchmark-ledger/v1. One definition here, used when
-- an entry is written and when it is verified; ledger/entry_hash.ts has the same rule outside the
-- database, so that a receipt can be checked without trusting these functions.

create function benchmark_private.commitment(
  p_salt bytea, p_triggered_by text, p_notes text, p_head_ref text
) returns bytea
language plpgsql
immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return sha256(p_salt || convert_to(
    jsonb_build_array(p_triggered_by, p_notes, p_head_ref)::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.commitment(bytea, text, text, text) is
  'SHA-256 over a salt and the canonical JSON array of what an entry says about people. The hash of the entry covers the commitment and not the values, so that values and salt can be erased.';

create function benchmark_private.entry_hash(
  p_entry public.benchmark_transactions, p_previous_hash bytea
) returns bytea
language plpgsql
stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Canonical bytes: the text form of jsonb, which is defined as keys sorted by length in bytes
  -- and then by bytes, ", " and ": " between them, strings with the shortest escapes, numbers
  -- in plain decimals without exponent. The objections to jsonb::text (it keeps 1.0 <> 1.00 and
  -- forgets -0) are met before: numbers are normalised on their way in. json_build_array() writes
  -- the same text without building a document first; only an array among its arguments would lose
  -- its spaces. Two lines, because one document of 4 KB more would have to be copied into another.
  return sha256(convert_to(
    json_build_array(
      'benchmark-ledger/v1',
      p_entry.model_version, p_entry.dataset_version, p_entry.prompt_version, p_entry.environment,
      p_entry.variant,
      p_entry.snapshot_version,
      encode(p_previous_hash, 'hex'),
      p_entry.id,
      extract(epoch from p_entry.created_at),
      p_entry.principal,
      p_entry.provenance,
      p_entry.published,
      p_entry.commit_sha, p_entry.branch_name, p_entry.model_provider, p_entry.dataset_size,
      p_entry.run_id, p_entry.run_attempt, p_entry.duration_seconds,
      p_entry.error_count, p_entry.success_count, to_jsonb(p_entry.tags),
      extract(epoch from p_entry.measured_at),
      encode(p_entry.items_digest, 'hex'),
      encode(p_entry.commitment, 'hex')
    )::text || E'\n' || p_entry.metrics::text, 'UTF8'));
end;
$$;
comment on function benchmark_private.entry_hash(public.benchmark_transactions, bytea) is
  'SHA-256 of an entry after one with a given hash, null for the first: the link of the hash chain (Haber and Stornetta 1991, "How to time-stamp a digital document"). The hashed text is a JSON array (the header: domain, configuration, version, previous entry_hash, id, time, principal, provenance, published, facts, digest of the items, commitment to what is about people), a line feed, and the metrics. Verdicts, previous_version and is_backfill are derived and not covered. Depends on no setting of the session.';
