// What durable work costs: enqueueing on SQLite, jobs and steps on SQLite and PostgreSQL; beside them, in the same run and
// on the same PostgreSQL, what a queue and a system of durable workflows do. `node bench/durable.mjs 20000` for so many jobs.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sqlite } from "inlay/storage/sqlite"
import { open, openRuns, prepare, stepsOfRun } from "./durable/inlay.mjs"
import { measureJobs } from "./durable/jobs.mjs"
import { systems } from "./durable/systems.mjs"
import { installPackages } from "./peers/install.mjs"
import { benchSchema } from "./tools/bench-schema.mjs"
import { runChild } from "./tools/child.mjs"
import { watchLoop } from "./tools/loop.mjs"
import { median, throughput, timeEach } from "./tools/measure.mjs"
import { report, show } from "./tools/report.mjs"

const jobs = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 20_000)
const tell = (text) => process.stderr.write(`${text}\n`)

await report("Durable work", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inlay-durable-"))
  const full = await measureEnqueue(join(folder, "full.db"), "full")
  const normal = await measureEnqueue(join(folder, "normal.db"), "normal")
  const step = await measureSteps(join(folder, "steps.db"), "full")
  const stepNormal = await measureSteps(join(folder, "steps-normal.db"), "normal")
  await rm(folder, { recursive: true })
  const onPostgres = await measurePostgres()
  const own = onPostgres.Inlay ?? {}
  return {
    rows: [
      row("enqueueFullPerSecond", "enqueue, SQLite file, synchronous=FULL, 64 in flight", full.perSecond, "/s", {
        atLeast: 5000,
      }),
      row("enqueueFullLoopP99Milliseconds", "  the host's event loop held up meanwhile, p99", full.p99Ms, "ms", {
        atMost: 20,
      }),
      row("enqueuePerSecond", "enqueue, SQLite file, synchronous=NORMAL, 64 in flight", normal.perSecond, "/s", {
        atLeast: 8000,
      }),
      row("enqueueLoopP99Milliseconds", "  the host's event loop held up meanwhile, p99", normal.p99Ms, "ms", {
        atMost: 20,
      }),
      row("stepMillisecondsSqlite", "a pipeline's step, SQLite file, p50", step, "ms", { atMost: 1 }),
      row("stepMillisecondsSqliteNormal", "  the same with synchronous=NORMAL", stepNormal, "ms"),
      row("postgresJobsPerSecond", "jobs that two processes complete, PostgreSQL", own.jobsPerSecond, "/s", {
        atLeast: 2000,
      }),
      row("stepMillisecondsPostgres", "a pipeline's step, PostgreSQL, p50", own.stepMilliseconds, "ms", { atMost: 5 }),
    ].filter(({ value }) => value !== undefined),
    tables: onPostgres.Inlay ? [peersTable(onPostgres)] : [],
    figures: { durablePeers: onPostgres },
  }
})

async function measureEnqueue(path, synchronous) {
  tell(`SQLite: enqueue with synchronous=${synchronous}`)
  const functions = await open(sqlite(path, { synchronous }), { queue: { concurrency: 0 } })
  await prepare(functions)
  const enqueue = (n) => functions.enqueue("add", { n })
  const { value, p99Ms } = await watchLoop(() =>
    throughput(enqueue, { warmUp: jobs / 10, rounds: 5, perRound: jobs / 4 }),
  )
  await functions.close()
  return { perSecond: value, p99Ms }
}

async function measureSteps(path, synchronous) {
  tell(`SQLite: pipeline steps with synchronous=${synchronous}`)
  const runs = await openRuns(sqlite(path, { synchronous }))
  await timeEach(20, runs.run)
  const times = await timeEach(Math.ceil(jobs / 100), runs.run)
  await runs.close()
  return median(times) / stepsOfRun / 1000
}

/** Each system by name: its figures, or why it has none. Empty without PostgreSQL. */
async function measurePostgres() {
  const schema = await benchSchema("durable")
  if (!schema) return {}
  const measured = {}
  try {
    const peers = await installPackages().then(
      () => true,
      (error) => tell(`The peers are left out: ${error.message}`),
    )
    for (const name of peers ? Object.keys(systems) : ["Inlay"]) {
      tell(`PostgreSQL: ${name}`)
      measured[name] = await measureSystem(name, schema).catch((error) => ({ error: error.message.slice(0, 200) }))
    }
  } finally {
    for (const own of [`${schema.schema}_boss`, `${schema.schema}_dbos`]) {
      await schema.run(`drop schema if exists ${own} cascade`)
    }
    await schema.drop()
  }
  for (const figures of Object.values(measured)) {
    if (figures.jobsPerSecond) figures.jobsRatio = measured.Inlay.jobsPerSecond / figures.jobsPerSecond
    if (figures.stepMilliseconds) figures.stepRatio = figures.stepMilliseconds / measured.Inlay.stepMilliseconds
  }
  return measured
}

async function measureSystem(name, { server, url, schema, run }) {
  const at = name === "Inlay" ? url : server
  const jobsPerSecond = await measureJobs(name, { url: at, schema, run }, jobs)
  const hasRuns = "openRuns" in (await systems[name]())
  return {
    jobsPerSecond,
    ...(hasRuns && (await runChild("durable/runs.mjs", [name, at, schema, String(Math.ceil(jobs / 100))]))),
  }
}

function peersTable(measured) {
  const ratio = (value, words) => (value === undefined ? "" : `${value.toFixed(2)} × ${words}`)
  return {
    header: ["on the same PostgreSQL", "jobs, two processes", "Inlay beside it", "a step, p50", "beside Inlay"],
    lines: Object.entries(measured).map(([name, figures]) =>
      figures.error === undefined
        ? [
            name === "Inlay" ? "Inlay, each job in a sandbox" : `${name}, functions of the process`,
            show(figures.jobsPerSecond, "/s"),
            ratio(figures.jobsRatio, "as many"),
            figures.stepMilliseconds === undefined ? "" : show(figures.stepMilliseconds, "ms"),
            ratio(figures.stepRatio, "as long"),
          ]
        : [name, "not measured", "", "", figures.error.slice(0, 80)],
    ),
  }
}

function row(key, what, value, unit, budget) {
  return { key, what, value, unit, ...budget }
}
