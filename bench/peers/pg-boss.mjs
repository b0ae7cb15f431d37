// pg-boss, as the durable benchmark drives it: each job is a call of a function of the process, 64 of them at once.
import { setTimeout as wait } from "node:timers/promises"
import PgBoss from "pg-boss"
import { countJobs } from "../durable/count-jobs.mjs"

const putAtOnce = 1000
/** As many as one process of the others has under way. */
const concurrency = 64

async function open(url, schema) {
  const boss = new PgBoss({ connectionString: url, schema: `${schema}_boss`, max: 10 })
  boss.on("error", (error) => process.stderr.write(`pg-boss: ${error.message}\n`))
  await boss.start()
  return boss
}

export async function putJobs(url, count, schema) {
  const boss = await open(url, schema)
  await boss.createQueue("add")
  for (let from = 0; from < count; from += putAtOnce) {
    const data = Array.from({ length: Math.min(putAtOnce, count - from) }, (_, index) => ({ n: from + index }))
    await boss.insert(data.map((one) => ({ name: "add", data: one })))
  }
  await boss.stop({ graceful: false })
}

export const completedQuery = (schema) =>
  `select count(*) from ${schema}_boss.job where name = 'add' and state = 'completed'`

export async function work(url, schema) {
  const boss = await open(url, schema)
  const count = countJobs()
  const add = async ({ n }) => {
    count()
    return { n: n + 1 }
  }
  void drain(boss, add)
}

/** Its own worker waits at least half a second between batches; here the next one is fetched at once. */
async function drain(boss, add) {
  for (;;) {
    const jobs = await boss.fetch("add", { batchSize: concurrency })
    await Promise.all(jobs.map(({ data }) => add(data)))
    if (jobs.length === 0) await wait(50)
    else
      await boss.complete(
        "add",
        jobs.map(({ id }) => id),
      )
  }
}
