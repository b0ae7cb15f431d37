import type { Migration } from "./migration.ts"

/** Runs that go on after a crash: a row for each step, a fence for each run. Runs of before are taken over. */
export const durablePipelinesMigration: Migration = {
  name: "0007_durable_pipelines",
  statements: ({ key, text, integer, bigInteger, tableOptions }) => [
    `create table inlay_runs (
      organisation ${key} not null,
      id ${key} not null,
      pipeline ${key} not null,
      status ${text} not null check (status in ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
      definition ${text} not null,
      input ${text} not null,
      output ${text},
      error ${text},
      trace_id ${text} not null,
      origin_id ${key},
      fence ${integer} not null,
      started_at ${bigInteger} not null,
      ended_at ${bigInteger},
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_runs_pipeline on inlay_runs (organisation, pipeline, id)",
    `create table inlay_run_steps (
      organisation ${key} not null,
      run_id ${key} not null,
      path ${key} not null,
      position ${integer} not null,
      name ${text} not null,
      kind ${text} not null,
      function ${text},
      version ${integer},
      status ${text} not null check (status in ('succeeded', 'failed', 'skipped', 'waiting')),
      invocation_id ${key},
      attempts ${integer} not null,
      output ${text},
      error ${text},
      cached ${integer} not null,
      started_at ${bigInteger},
      ended_at ${bigInteger},
      wake_at ${bigInteger},
      awaited_type ${key},
      awaited_match ${text},
      primary key (organisation, run_id, path)
    )${tableOptions}`,
    "create index inlay_run_steps_awaited on inlay_run_steps (organisation, awaited_type) where status = 'waiting' and awaited_type is not null",
    `create table inlay_step_cache (
      organisation ${key} not null,
      key ${key} not null,
      output ${text},
      expires_at ${bigInteger} not null,
      primary key (organisation, key)
    )${tableOptions}`,
    "create index inlay_step_cache_expiry on inlay_step_cache (expires_at)",
    `insert into inlay_runs
      (organisation, id, pipeline, status, definition, input, output, error, trace_id, fence, started_at, ended_at)
      select organisation, id, pipeline, status, '[]', 'null', output, error, '', 0, started_at, ended_at
      from inlay_pipeline_runs`,
    "drop table inlay_pipeline_runs",
  ],
}
