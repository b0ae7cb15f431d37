import type { Migration } from "./migration.ts"

/** Pipelines and their runs. Runs have no foreign key, because history outlives its pipelines. */
export const pipelinesMigration: Migration = {
  name: "0003_pipelines",
  statements: ({ key, text, bigInteger, real, tableOptions }) => [
    `create table inlay_pipelines (
      organisation ${key} not null,
      id ${key} not null,
      name ${key} not null,
      steps ${text} not null,
      created_at ${bigInteger} not null,
      updated_at ${bigInteger} not null,
      primary key (organisation, id),
      unique (organisation, name)
    )${tableOptions}`,
    `create table inlay_pipeline_runs (
      organisation ${key} not null,
      id ${key} not null,
      pipeline ${key} not null,
      status ${text} not null check (status in ('succeeded', 'failed')),
      output ${text},
      error ${text},
      steps ${text} not null,
      started_at ${bigInteger} not null,
      ended_at ${bigInteger} not null,
      duration_ms ${real} not null,
      primary key (organisation, id)
    )${tableOptions}`,
    "create index inlay_pipeline_runs_pipeline on inlay_pipeline_runs (organisation, pipeline, id)",
  ],
}
