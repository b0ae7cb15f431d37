import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ConnectionSource } from "../../adapters/storage/sql/connection.ts"
import { postgresEngine } from "../../adapters/storage/sql/postgres-engine.ts"
import { sqliteEngine } from "../../adapters/storage/sql/sqlite-engine.ts"
import { createSqlStorage } from "../../adapters/storage/sql/storage.ts"
import type { Flow } from "../../src/model/flow.ts"
import { firstLease } from "../../src/model/job.ts"
import type { Storage } from "../../src/ports/storage.ts"
import {
  sampleErrors,
  sampleIngestChange,
  sampleLogLine,
  sampleSource,
  sampleSpan,
} from "../../src/testing/storage-contract/observed-samples.ts"
import { sampleForecast } from "../../src/testing/storage-contract/sample-forecast.ts"
import {
  sampleAlert,
  sampleAnomaly,
  sampleDeployment,
  sampleFiring,
  sampleInvocation,
  sampleJob,
  sampleLayer,
  sampleRun,
  sampleSeries,
  sampleStep,
  sampleWindow,
} from "../../src/testing/storage-contract/samples.ts"
import { preparePostgres } from "./support/postgres.ts"
import { type RecordedStatement, recordStatements } from "./support/recording.ts"
import { openOnThread, temporaryPaths } from "./support/sqlite.ts"

/** Indexes that SQLite goes through in their order, for all organisations, up to a limit. */
const walkedOnSqlite = toPattern([
  "alert_checks_due",
  "alerts_resolving",
  "forecasts_due",
  "functions_routed",
  "jobs_deadline",
  "jobs_due",
  "jobs_lease",
  "jobs_priority",
  "jobs_turn",
  "lanes_next",
  "triggers_due",
  "triggers_webhooks",
])

/** Those that PostgreSQL reads for all organisations. */
const readForAll = toPattern([
  "alert_checks_due",
  "alerts_expiry",
  "alerts_resolving",
  "anomalies_expiry",
  "anomaly_states_expiry",
  "anomaly_watch_pkey",
  "error_batches_expiry",
  "error_groups_expiry",
  "firings_expiry",
  "forecast_runs_expiry",
  "forecasts_due",
  "forecasts_expiry",
  "functions_routed",
  "ingest_batches_expiry",
  "ingest_points_expiry",
  "jobs_deadline",
  "jobs_due",
  "jobs_ended",
  "jobs_lease",
  "jobs_turn",
  "key_values_expiry",
  "lanes_next",
  "logs_written",
  "pending_connections_expiry",
  "series_expiry",
  "step_cache_expiry",
  "traces_expiry",
  "triggers_due",
  "triggers_webhooks",
  "windows_expiry",
  "windows_minute",
  "windows_unrolled",
])

function toPattern(indexes: readonly string[]): RegExp {
  return new RegExp(`\\binlay_(${indexes.join("|")})\\b`)
}

const sampleFlow: Flow = {
  gathering: null,
  throttle: { key: "t", limit: 1, periodMs: 1, burst: 1 },
  lanes: [{ key: "l", limit: 1 }],
}
const sampleBatch: Flow = {
  gathering: { mode: "batch", key: "b", maxSize: 2, timeoutMs: 1 },
  throttle: null,
  lanes: [{ key: "m", limit: 1 }],
}

/** The queries that run often, or over tables that grow; what they ask for need not exist. */
const hotQueries: Readonly<Record<string, (storage: Storage) => Promise<unknown>>> = {
  "raise an alert": ({ alerts }) => {
    const alert = sampleAlert("o")
    const { rule, function: name, series } = alert
    return alerts.raise({ organisation: "o", ruleId: rule.id, function: name, series }, () => ({ alert, jobs: [] }))
  },
  "insert spans": ({ traces }) => traces.insert([sampleSpan("o")]),
  "find the spans of a trace": ({ traces }) => traces.find("o", "1", 10),
  "list traces": ({ traces }) =>
    traces.list("o", { range: { from: 0, to: 9 }, function: "f" }, { limit: 9, cursor: "1~a" }),
  "read spans": ({ traces }) =>
    traces.read("o", { range: { from: 0, to: 9 }, function: "f" }, { limit: 9, cursor: "1~a~b" }),
  "expire traces": ({ traces }) => traces.expire(1, 10),
  "find an alert": ({ alerts }) => alerts.find("o", "1"),
  "list alerts": ({ alerts }) => alerts.list("o", {}, { limit: 10, cursor: "a" }),
  "list open alerts": ({ alerts }) => alerts.listOpen(10),
  "list open alerts of a rule": ({ alerts }) => alerts.listOpenOf("o", "1", 10),
  "wake checks": ({ alerts }) => alerts.wakeChecks([{ organisation: "o", id: "1" }], 1),
  "take checks": ({ alerts }) => alerts.takeChecks({ now: 1, until: 2, limit: 10 }),
  "settle a check": async ({ alerts }) => {
    await alerts.settleCheck({ organisation: "o", id: "1" }, 1, 2)
    await alerts.settleCheck({ organisation: "o", id: "1" }, 2, null)
  },
  "expire alerts": ({ alerts }) => alerts.expire(1, 10),
  "list rules of alerts": ({ alerts }) => alerts.listRules("o"),
  "store a batch of points": ({ ingest }) => {
    const idempotency = { key: "k", hash: "h", until: 2 }
    const marks = [{ id: "1", content: "c", until: 2 }]
    return ingest.store({ organisation: "o", idempotency, marks, now: 1 }, () => sampleIngestChange("o"))
  },
  "find a point that was stored before": ({ ingest }) => {
    const marks = [{ id: "2", content: "c", until: 2 }]
    const again = () =>
      ingest.store({ organisation: "o", idempotency: null, marks, now: 1 }, () => sampleIngestChange("o"))
    return again().then(again)
  },
  "find a source of points": ({ ingest }) => ingest.findSource("o", "s"),
  "list sources of points": ({ ingest }) => ingest.listSources("o"),
  "replace a source of points": ({ ingest }) => ingest.replaceSource(sampleSource("o", "s")),
  "remove a source of points": ({ ingest }) => ingest.removeSource("o", "s"),
  "expire points": ({ ingest }) => ingest.expire(1, 10),
  "list silences": ({ alerts }) => alerts.listSilences("o", 1),
  "insert a forecast": ({ forecasts }) => forecasts.insert(sampleForecast("o")),
  "find a forecast": ({ forecasts }) => forecasts.find("o", "1"),
  "list forecasts": ({ forecasts }) => forecasts.list("o", {}, { limit: 10, cursor: "a" }),
  "list forecasts of a key": ({ forecasts }) =>
    forecasts.list("o", { key: "k", evaluated: true, made: { from: 1, to: 2 } }, { limit: 10, cursor: "a" }),
  "list forecasts of a schedule": ({ forecasts }) =>
    forecasts.list("o", { scheduleId: "s" }, { limit: 10, cursor: "a" }),
  "list forecasts that are over": ({ forecasts }) => forecasts.listDue(1, 10),
  "evaluate a forecast": ({ forecasts }) => forecasts.evaluate("o", "1", 1, null),
  "expire forecasts": ({ forecasts }) => forecasts.expire(1, 10),
  "list schedules of forecasts": ({ forecasts }) => forecasts.listSchedules("o"),
  "change a schedule of forecasts": ({ forecasts }) => forecasts.changeSchedule("o", "1", "2", () => null),
  "list runs of forecasts": ({ forecasts }) => forecasts.listRuns("o", "1", { limit: 10, cursor: "a" }),
  "expire runs of forecasts": ({ forecasts }) => forecasts.expireRuns(1, 10),
  "find an anomaly": ({ anomalies }) => anomalies.find("o", "1"),
  "list anomalies": ({ anomalies }) => anomalies.list("o", {}, { limit: 10, cursor: "a" }),
  "list anomalies of a function": ({ anomalies }) => anomalies.list("o", { functionId: "f" }, { limit: 10 }),
  "list expected anomalies": ({ anomalies }) => anomalies.listExpected("o", "f", 10),
  "mark an anomaly": ({ anomalies }) => anomalies.mark("o", "1", null),
  "expire anomalies": ({ anomalies }) => anomalies.expire(1, 10),
  "take the watch": ({ anomalies }) => anomalies.lead("w", 1, 2),
  "go on with the watch": async ({ anomalies }) => {
    await anomalies.lead("w", 1, 2)
    const states = [{ organisation: "o", seriesId: "s", at: 1, state: "{}" }]
    const completed = [{ organisation: "o", id: "a", after: sampleAnomaly("o", "a").context.before }]
    const found = [{ anomaly: sampleAnomaly("o", "a"), subject: "f" }]
    await anomalies.advance({ owner: "w", from: null, to: 1, until: 3, found, completed, states })
  },
  "give the watch up": ({ anomalies }) => anomalies.release("w"),
  "read what was learned": ({ anomalies }) => anomalies.readStates("o", ["s", "t"]),
  "expire what was learned": ({ anomalies }) => anomalies.expireStates(1, 10),
  "read settings of anomalies": ({ anomalies }) => anomalies.readSettings(["o", "p"]),
  "save settings of anomalies": ({ anomalies }) =>
    anomalies.saveSettings({ organisation: "o", functionId: null, settings: {} }),
  "read a minute": ({ metrics }) => metrics.readMinute(60_000, { limit: 10 }),
  "find a function by name": ({ functions }) => functions.findByName("o", "f"),
  "find a function by id": ({ functions }) => functions.findById("o", "1"),
  "list functions": ({ functions }) => functions.list("o", { limit: 10, cursor: "a" }),
  "list routed functions": ({ functions }) => functions.listRouted(),
  "find a version": ({ functions }) => functions.findVersion("o", "1", 1),
  "list versions": ({ functions }) => functions.listVersions("o", "1"),
  "find a bundle": ({ functions }) => functions.findBundle("o", "1", 1),
  "list activations": ({ functions }) => functions.listActivations("o", "1"),
  "find an alias": ({ functions }) => functions.findAlias("o", "1", "live"),
  "list aliases": ({ functions }) => functions.listAliases("o", "1"),
  commit: ({ functions }) => functions.commit(sampleDeployment("o", "f", "1")),
  "roll back": ({ functions }) =>
    functions.activate({
      organisation: "o",
      functionId: "1",
      to: "previous",
      reason: "rollback",
      activationId: "2",
      actor: "",
      at: 1,
    }),
  "remove a function": async ({ functions }) => {
    const { function: gone } = await functions.commit(sampleDeployment("o", "gone", "gone"))
    await functions.remove("o", gone.id)
  },
  "commit a layer": ({ layers }) => layers.commit(sampleLayer("o", "l", "1")),
  "commit with a layer": async ({ layers, functions }) => {
    const { layer } = await layers.commit(sampleLayer("o", "l", "1"))
    await functions.commit(sampleDeployment("o", "f", "layered", { layers: [layer] }))
  },
  "find a layer": ({ layers }) => layers.find("o", "l"),
  "find a version of a layer": ({ layers }) => layers.find("o", "l", 1),
  "find a bundle of a layer": ({ layers }) => layers.findBundle("o", "l", 1),
  "list layers": ({ layers }) => layers.list("o", { limit: 10, cursor: "a" }),
  "list versions of a layer": ({ layers }) => layers.listVersions("o", "l"),
  "list uses of a layer": ({ layers }) => layers.listUses("o", "l", 1),
  "remove a layer": async ({ layers }) => {
    await layers.commit(sampleLayer("o", "gone", "gone"))
    await layers.remove("o", "gone", 1)
  },
  "insert invocations": ({ invocations }) => invocations.insert([sampleInvocation("o", "1")]),
  "find an invocation": ({ invocations }) => invocations.find("o", "1"),
  "list invocations": ({ invocations }) => invocations.list("o", {}, { limit: 10, cursor: "a" }),
  "list invocations of a function": ({ invocations }) =>
    invocations.list("o", { functionId: "1" }, { limit: 10, cursor: "a" }),
  "list failed invocations of a function": ({ invocations }) =>
    invocations.list("o", { functionId: "1", status: "failed" }, { limit: 10 }),
  "list failed invocations": ({ invocations }) => invocations.list("o", { status: "failed" }, { limit: 10 }),
  "expire invocations": ({ invocations }) => invocations.expire(2 ** 50, 10),
  "summarise invocations": ({ invocations }) => invocations.summarise("o", "1", { from: 0, to: 2 ** 50 }),
  "add failures": ({ errorGroups }) =>
    errorGroups.add({ id: "b", occurrences: [sampleErrors("o")], at: 1 }, 10, (one) => one),
  "find an error group": ({ errorGroups }) => errorGroups.find("o", "a"),
  "list error groups": ({ errorGroups }) => errorGroups.list("o", {}, { limit: 10, cursor: "1~a" }),
  "resolve an error group": ({ errorGroups }) => errorGroups.resolve("o", "a", "", 1),
  "expire error groups": ({ errorGroups }) => errorGroups.expire(1, 10),
  "expire batches of failures": ({ errorGroups }) => errorGroups.expireBatches(1, 10),
  "insert lines": ({ logs }) => logs.insert([sampleLogLine("o")], 1),
  "search lines": ({ logs }) =>
    logs.search("o", { text: "a", from: 1, to: 2 }, { order: "newest", limit: 10, maxLooked: 10, cursor: "a" }),
  "search lines of a function": ({ logs }) =>
    logs.search("o", { functionId: "f", fields: { a: "1" } }, { order: "newest", limit: 10, maxLooked: 10 }),
  "search lines of an invocation": ({ logs }) =>
    logs.search("o", { invocationId: "i" }, { order: "oldest", limit: 10, maxLooked: 10 }),
  "search lines of a trace": ({ logs }) =>
    logs.search("o", { traceId: "t" }, { order: "newest", limit: 10, maxLooked: 10 }),
  "search serious lines": ({ logs }) =>
    logs.search("o", { level: "error" }, { order: "newest", limit: 10, maxLooked: 10 }),
  "list lines as they were stored": ({ logs }) =>
    logs.listWritten(["o", "p"], { writtenAt: 1, organisation: "o", id: "a" }, 10),
  "expire lines": ({ logs }) => logs.expire(1, 10),
  "insert windows": ({ metrics }) => metrics.insert([sampleWindow("o", "s")], [sampleSeries("o", "s")]),
  "list series": ({ metrics }) => metrics.listSeries("o", {}, { limit: 10, cursor: "a" }),
  "list series of a key": ({ metrics }) => metrics.listSeries("o", { key: "a" }, { limit: 10, cursor: "a" }),
  "list series of a function": ({ metrics }) => metrics.listSeries("o", { key: "a", functionId: "f" }, { limit: 10 }),
  "read windows": ({ metrics }) => metrics.read("o", ["s", "t"], 86_400_000, { from: 0, to: 2 ** 50 }),
  "roll windows up": async ({ metrics }) => {
    await metrics.insert([sampleWindow("o", "r")], [])
    const step = { from: 60_000, to: 3_600_000, before: 2 ** 50, limit: 10, part: "r" } as const
    await metrics.rollUp(step, ([window]) => window ?? expect.fail())
  },
  "expire windows": ({ metrics }) => metrics.expire(3_600_000, 1, 10),
  "expire series": ({ metrics }) => metrics.expireSeries(1, 10),
  "find a pipeline": ({ pipelines }) => pipelines.find("o", "p"),
  "list pipelines": ({ pipelines }) => pipelines.list("o", { limit: 10 }),
  "claim a run": ({ pipelines }) => pipelines.claim(sampleRun("o", "p", { id: "1" })),
  "begin a run with its job": ({ pipelines }) =>
    pipelines.beginRun(sampleJob("o", { id: "own", leasedUntil: 2 }), sampleRun("o", "p", { id: "own" })),
  "end a run with its job": ({ pipelines }) =>
    pipelines.completeRun(firstLease(sampleJob("o", { id: "own", leasedUntil: 2 })), 1, {
      ...{ status: "succeeded", output: "1", error: null, endedAt: 5 },
    }),
  "claim a run that is there": ({ pipelines }) => pipelines.reclaim("o", "1"),
  "resume a run": async ({ pipelines }) => {
    const { fence } = await pipelines.claim(sampleRun("o", "p", { id: "1" }))
    await pipelines.resume("o", "1", fence)
  },
  "end steps that wait": async ({ pipelines }) => {
    await pipelines.claim(sampleRun("o", "p", { id: "1" }))
    await pipelines.resolveSteps("o", "1", [sampleStep("9")], "event")
  },
  "what related runs have undone": ({ pipelines }) => pipelines.listUndone("o", "1"),
  "write a step down": ({ pipelines }) => pipelines.writeStep("o", "1", 1, sampleStep("0")),
  "list steps": ({ pipelines }) => pipelines.listSteps("o", "1"),
  "list awaiting steps": ({ pipelines }) => pipelines.listAwaiting("o", "paid", { limit: 10, cursor: "a" }),
  "ask for awaiting steps": ({ pipelines }) => pipelines.isAwaited("o", "paid"),
  "list webhooks": ({ triggers }) => triggers.listWebhooks(),
  "count refused deliveries": ({ triggers }) => triggers.addRefused([{ organisation: "o", triggerId: "1", count: 1 }]),
  "declare triggers of a function": async ({ functions }) => {
    const triggers = [{ type: "event", event: "paid" }] as const
    await functions.commit(sampleDeployment("o", "f", "1", { triggers }))
    await functions.commit(sampleDeployment("o", "f", "1", { triggers: [{ ...triggers[0], event: "sent" }] }))
    await functions.commit(sampleDeployment("o", "f", "1", { triggers: [] }))
  },
  "declare triggers of a pipeline": async ({ pipelines }) => {
    await pipelines.save("o", { name: "p", steps: [], triggers: [{ type: "event" }] }, "1", 1)
    await pipelines.remove("o", "p")
  },
  "find a trigger": ({ triggers }) => triggers.find("o", "1"),
  "list triggers": ({ triggers }) => triggers.list("o", {}, { limit: 10, cursor: "a" }),
  "list active triggers": ({ triggers }) => triggers.listActive("o"),
  "pause a trigger": ({ triggers }) => triggers.setStatus("o", "1", "paused", 1),
  "fire a trigger": async ({ triggers }) => {
    await triggers.fire([sampleFiring({ organisation: "o", id: "1" }, { key: "k" })])
    await triggers.fire([sampleFiring({ organisation: "o", id: "1" }, { key: "k" })])
  },
  "list schedules": ({ triggers }) => triggers.listSchedules(10, 0),
  "move schedules on": async ({ triggers, functions }) => {
    const schedule = [{ type: "schedule", cron: "@daily" }] as const
    await functions.commit(sampleDeployment("o", "f", "1", { triggers: schedule }))
    for (const to of [1000, 2000, 3000]) {
      const [trigger] = await triggers.listSchedules(1, 0)
      if (!trigger) throw new Error("There is no schedule.")
      const firings = [sampleFiring(trigger, { key: String(to) })]
      await triggers.advance([{ trigger, from: trigger.nextAt, to, overlap: "skip", firings }])
    }
  },
  "find a firing": ({ triggers }) => triggers.findFiring("o", "1", "1"),
  "list firings": ({ triggers }) => triggers.listFirings("o", "1", { limit: 10, cursor: "a" }),
  "expire firings": ({ triggers }) => triggers.expireFirings(1, 10),
  "put a job": ({ queue }) => queue.put([sampleJob("o")]),
  "put a job with an idempotency key and a flow": ({ queue }) =>
    queue.put([sampleJob("o", { idempotency: { key: "k", hash: "h", until: 2 }, flow: sampleFlow, originId: "1" })]),
  "find a job": ({ queue }) => queue.find("o", "1"),
  "list jobs": ({ queue }) => queue.list("o", {}, { limit: 10, cursor: "a" }),
  "list events": ({ queue }) => queue.list("o", { kind: "event" }, { limit: 10, cursor: "a" }),
  "list failed jobs": ({ queue }) => queue.list("o", { status: "failed" }, { limit: 10 }),
  "take and settle jobs": async ({ queue }) => {
    const { leases } = await queue.take({ limit: 10, leaseMs: 1, now: 5 })
    await queue.renew(leases, 9)
    await queue.settle(leases.map((lease) => ({ lease, at: 6, attempt: null, outcome: "again", runAt: 7 })))
  },
  "take, settle and cancel jobs that flow": async ({ queue }) => {
    const jobs = [sampleJob("o"), sampleJob("o"), sampleJob("o"), sampleJob("o", { priority: 1 })]
    await queue.put(jobs.map((job) => ({ ...job, flow: sampleBatch })))
    await queue.put([sampleJob("p", { flow: sampleFlow }), sampleJob("p", { flow: sampleFlow })])
    const shares = { limit: 1, held: new Map() }
    const { leases } = await queue.take({ limit: 10, leaseMs: 1e9, now: 50, shares })
    await queue.settle(leases.map((lease) => ({ lease, at: 6, attempt: null, outcome: "succeeded", result: null })))
    for (const { id } of jobs) await queue.cancel("o", id, { code: "FN_002", name: "", message: "", stack: "" }, 60)
  },
  "hasten a job": ({ queue }) => queue.hasten("o", "1", 1),
  "expire jobs": ({ queue }) => queue.expire("succeeded", 1, 10),
  "expire cached steps": ({ pipelines }) => pipelines.expireCached(1, 10),
  "find a cached step": ({ pipelines }) => pipelines.findCached("o", "k", 1),
  "find the status of a run": ({ pipelines }) => pipelines.findStatus("o", "1"),
  "find a run": ({ pipelines }) => pipelines.findRun("o", "1"),
  "list runs": ({ pipelines }) => pipelines.listRuns("o", "p", { limit: 10, cursor: "a" }),
  "find a value": ({ keyValues }) => keyValues.find("o", "k", 1),
  "set a value": ({ keyValues }) => keyValues.set("o", "k", { json: "1", expiresAt: 1, now: 1 }),
  "add to a value": ({ keyValues }) => keyValues.increment("o", "k", { by: 1, expiresAt: null, now: 1 }),
  "exchange a value": ({ keyValues }) => keyValues.compareAndSet("o", "k", "2", { json: "1", expiresAt: null, now: 1 }),
  "remove a value": ({ keyValues }) => keyValues.remove("o", "k", 1),
  "list values": ({ keyValues }) => keyValues.list("o", "k", { limit: 10, cursor: "ka" }, 1),
  "find expired values": ({ keyValues }) => keyValues.removeExpired(1, 10),
  "find a document": ({ documents }) => documents.find("o", "c", "1"),
  "remove a document": ({ documents }) =>
    documents.remove({ organisation: "o", collection: "c", id: "1", revision: 1 }),
  "list documents": ({ documents }) => documents.list("o", "c", { limit: 10, cursor: "1" }),
  "keep a request for an account": ({ connections }) =>
    connections.addPending({ organisation: "o", stateHash: "h", provider: "p", sealed: "", expiresAt: 1 }, 1),
  "take a request for an account": ({ connections }) => connections.takePending("o", "h"),
  "find an account": ({ connections }) => connections.find("o", "p"),
  "list accounts": ({ connections }) => connections.list("o"),
  "begin to refresh": ({ connections }) => connections.beginRefresh("o", "p", { revision: 1, until: 2, now: 1 }),
  "end to refresh": ({ connections }) => connections.endRefresh("o", "p", 1, null),
  "read a file": ({ files }) => files.read("o", "b", "p"),
  "find a file": ({ files }) => files.find("o", "b", "p"),
  "list files": ({ files }) => files.list("o", "b", "p", { limit: 10, cursor: "pa" }),
}

/** Where a key of the table would do as well, but would read all rows of the organisation. */
const expectedIndexes: Readonly<Record<string, string>> = {
  "list routed functions": "inlay_functions_routed",
  "remove a function": "inlay_versions_bundle",
  "list uses of a layer": "inlay_version_layers_layer",
  "remove a layer": "inlay_layer_versions_bundle",
  "list invocations of a function": "inlay_invocations_function",
  "list failed invocations of a function": "inlay_invocations_function_failed",
  "list events": "inlay_jobs_events",
  "list failed invocations": "inlay_invocations_failed",
  "summarise invocations": "inlay_invocations_summary",
  "list series of a key": "inlay_series_keys",
  "list series of a function": "inlay_series_function",
  "roll windows up": "inlay_windows_unrolled",
  "expire windows": "inlay_windows_expiry",
  "expire series": "inlay_series_expiry",
  "list runs": "inlay_runs_pipeline",
  "declare triggers of a function": "inlay_triggers_target",
  "list active triggers": "inlay_triggers_active",
  "list webhooks": "inlay_triggers_webhooks",
  "fire a trigger": "inlay_firings_once",
  "list schedules": "inlay_triggers_due",
  "list firings": "inlay_firings_trigger",
  "expire firings": "inlay_firings_expiry",
  "list awaiting steps": "inlay_run_steps_awaiting",
  "ask for awaiting steps": "inlay_run_steps_awaiting",
  "resume a run": "inlay_run_steps_changed",
  "end steps that wait": "inlay_run_steps_resumed",
  "find expired values": "inlay_key_values_expiry",
  "keep a request for an account": "inlay_pending_connections_expiry",
}

function expectIndex(name: string, plans: readonly { readonly plan: readonly string[] }[]): void {
  const expected = expectedIndexes[name]
  if (expected === undefined) return
  const plan = plans.flatMap((explained) => explained.plan).join("\n")
  expect(plan).toMatch(new RegExp(`\\b${expected}\\b`))
}

const postgres = preparePostgres()
/** Lists that sort what they have found: the rows of a page, to add their sizes up and to answer; schedules that are due, to have organisations take turns. */
const sortsOfPages: ReadonlySet<string> = new Set([
  "list values",
  "list documents",
  "list runs",
  "list schedules",
  "move schedules on",
  "read a minute",
])
const explainable = /^\s*(with|select|insert|update|delete)\b[\s\S]*inlay_/i

/** Runs a query, then asks for the plan of each of its statements. */
async function explain(
  connections: ConnectionSource,
  statements: RecordedStatement[],
  run: () => Promise<unknown>,
  prefix: string,
): Promise<readonly { readonly sql: string; readonly plan: readonly string[] }[]> {
  statements.length = 0
  await run()
  const seen = statements.filter(({ sql }) => explainable.test(sql))
  expect(seen.length).toBeGreaterThan(0)
  const connection = await connections.connect()
  try {
    const plans: { sql: string; plan: string[] }[] = []
    for (const { sql, parameters } of seen) {
      const rows = await connection.query(`${prefix} ${sql}`, parameters)
      plans.push({ sql, plan: rows.map((row) => String(row.detail ?? row["QUERY PLAN"])) })
    }
    return plans
  } finally {
    connection.release(false)
  }
}

describe("on SQLite", () => {
  const statements: RecordedStatement[] = []
  const path = temporaryPaths()("plans.db")
  // SQLite takes the explanation of a write for a write under way until its statement is reset, and libsql does not
  // reset it: nothing could be committed after it on the same connection.
  const explaining = openOnThread(path)
  const storage = createSqlStorage({
    name: "sqlite",
    engine: sqliteEngine,
    connections: recordStatements(openOnThread(path), statements),
  })
  beforeAll(async () => {
    await storage.open()
    await storage.invocations.insert([sampleInvocation("o", "1")])
  })
  afterAll(() => storage.close())

  for (const [name, query] of Object.entries(hotQueries)) {
    it(`an index serves: ${name}`, async () => {
      const plans = await explain(explaining, statements, () => query(storage), "explain query plan")
      expectIndex(name, plans)
      for (const { sql, plan } of plans) {
        const wholeTables = plan.filter(
          (line) =>
            // What a statement has put together itself is bounded by its own limit.
            /^SCAN (?!sized$|page$|given$|json_each VIRTUAL TABLE|waiting$|next$|counted$|scheduled$|related$|due$|\(subquery-\d+\)$)/.test(
              line,
            ) &&
            !walkedOnSqlite.test(line) &&
            !/CONSTANT ROW|ROW VALUES CLAUSE/.test(line),
        )
        expect(wholeTables, sql).toEqual([])
        if (name !== "summarise invocations") {
          expect(
            plan.filter((line) => line.includes("TEMP B-TREE FOR ORDER BY")),
            sql,
          ).toSatisfy((sorts: readonly string[]) => sorts.length <= (sortsOfPages.has(name) ? 2 : 0))
        }
      }
    })
  }

  it("reads no row of the table for a summary, only its index", async () => {
    const run = () => storage.invocations.summarise("o", "1", { from: 0, to: 2 ** 50 })
    for (const { plan } of await explain(explaining, statements, run, "explain query plan")) {
      const reads = plan.filter((line) => line.includes("inlay_invocations"))
      expect(reads.length).toBeGreaterThan(0)
      for (const line of reads) expect(line).toContain("USING COVERING INDEX inlay_invocations_summary")
    }
  })
})

describe("on PostgreSQL", () => {
  const statements: RecordedStatement[] = []
  const connections: ConnectionSource = {
    async connect() {
      const connection = await source.connect()
      // The tables are all but empty, and the planner would rather read such a table whole than look into an index.
      await connection.query("set enable_seqscan = off", [])
      await connection.query("set enable_bitmapscan = off", [])
      return connection
    },
    disconnect: () => source.disconnect(),
  }
  let source: ConnectionSource
  const storage = createSqlStorage({
    name: "postgres",
    engine: postgresEngine,
    connections: recordStatements(connections, statements),
  })
  beforeAll(async () => {
    source = postgres.createConnections()
    await storage.open()
    await storage.invocations.insert([sampleInvocation("o", "1")])
  })
  afterAll(() => storage.close())

  for (const [name, query] of Object.entries(hotQueries)) {
    it(`an index serves: ${name}`, async () => {
      const plans = await explain(connections, statements, () => query(storage), "explain")
      expectIndex(name, plans)
      for (const { sql, plan } of plans) {
        expect(
          plan.filter((line) => line.includes("Seq Scan")),
          sql,
        ).toEqual([])
        // Whether there is any job of another priority than the usual one is asked for all; which come first, for each.
        const isForAll = (line: string, next = "") =>
          readForAll.test(line) || (line.includes("inlay_jobs_priority") && !next.includes("Index Cond"))
        const scans = plan.flatMap((line, index) =>
          /Index (Only )?Scan/.test(line) && !isForAll(line, plan[index + 1]) ? [plan[index + 1]] : [],
        )
        for (const condition of scans)
          expect(condition, `${sql}\n${plan.join("\n")}`).toMatch(/Index Cond: .*organisation/)
      }
    })
  }
})
