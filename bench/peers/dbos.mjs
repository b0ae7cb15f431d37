// DBOS Transact, as the durable benchmark drives it: each job is a queued workflow without steps, a function of the process.
import { DBOS, DBOSClient } from "@dbos-inc/dbos-sdk"
import { countJobs } from "../durable/count-jobs.mjs"

// As it connects it asks a client of pg that is busy: the warning of that is about its own code.
process.noDeprecation = true

const queueName = "jobs"
const stepsOfRun = 10

async function launch(url, schema) {
  DBOS.setConfig({
    name: "bench",
    applicationVersion: "1",
    systemDatabaseUrl: url,
    systemDatabaseSchemaName: `${schema}_dbos`,
    systemDatabasePoolSize: 10,
    logLevel: "error",
    runAdminServer: false,
  })
  await DBOS.launch()
}

const settings = (url, schema) => ({
  systemDatabaseUrl: url,
  systemDatabaseSchemaName: `${schema}_dbos`,
  applicationName: "bench",
})

export async function putJobs(url, count, schema) {
  // The first launch makes the tables.
  await launch(url, schema)
  await DBOS.registerQueue(queueName, { workerConcurrency: 64, minPollingIntervalMs: 10 })
  await DBOS.shutdown()
  const client = await DBOSClient.create(settings(url, schema))
  let next = 0
  const lane = async () => {
    while (next < count) await client.enqueue({ workflowName: "add", queueName, appVersion: "1" }, { n: next++ })
  }
  await Promise.all(Array.from({ length: 64 }, lane))
  await client.destroy()
}

export const completedQuery = (schema) => `select count(*) from ${schema}_dbos.workflow_status where status = 'SUCCESS'`

export async function work(url, schema) {
  const count = countJobs()
  const add = async ({ n }) => {
    count()
    return { n: n + 1 }
  }
  DBOS.registerWorkflow(add, { name: "add" })
  await launch(url, schema)
  await DBOS.registerQueue(queueName, { workerConcurrency: 64, minPollingIntervalMs: 10 })
}

/** Makes what runs ten steps, one after another. */
export async function openRuns(url, schema) {
  const count = DBOS.registerWorkflow(
    async ({ n }) => {
      let last = { n }
      for (let index = 0; index < stepsOfRun; index++) {
        const given = last
        last = await DBOS.runStep(async () => ({ n: given.n + 1 }), { name: `add_${index}` })
      }
      return last
    },
    { name: "count" },
  )
  await launch(url, schema)
  return {
    async run() {
      const output = await count({ n: 0 })
      if (output.n !== stepsOfRun) throw new Error(`A wrong answer: ${JSON.stringify(output)}`)
    },
    close: () => DBOS.shutdown(),
  }
}
