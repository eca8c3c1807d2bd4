-- What is kept of a verdict: the evidence, from which interval and verdict follow.

create type benchmark_private.verdict as enum ('worse', 'inconclusive', 'not-worse');
comment on type benchmark_private.verdict is
  'Whether a number of a run is worse than a policy allows. In the order of urgency, so that the least of several is what a person must see.';

create type benchmark_private.evidence_method as enum ('paired-items', 'standard-errors', 'history', 'none');
comment on type benchmark_private.evidence_method is
  'What a verdict rests on, the best first: results of the same items in both runs, standard errors that the harness gave, the spread of earlier runs, or the limit alone.';

create type benchmark_private.judgement as (
  estimate double precision,
  margin double precision,
  degrees double precision,
  policy_id integer,
  method benchmark_private.evidence_method,
  verdict benchmark_private.verdict,
  reference_version integer,
  n integer,
  metrics smallint,
  is_ratio boolean,
  is_named boolean,
  is_chosen boolean,
  caveat text,
  from_value numeric,
  reference_configuration_id uuid
);
-- Half a row's size is at stake: with names and limits written out a run with three policies would
-- take a kilobyte more, and be moved out of line.
comment on type benchmark_private.judgement is
  'One number of a run compared with one of its reference, by a policy: verdict, estimate of the change (below 0 is worse; of logarithms where is_ratio), margin (half the interval), degrees of freedom (null: normal), on how many items or runs it rests (n), is_named where the reference is one run that somebody named (a baseline, or is_chosen for compare_to), how many metrics of its severity were judged at once, and what forbids a verdict (caveat). reference_configuration_id is null for the run''s own configuration.';
