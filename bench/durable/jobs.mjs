import { fork } from "node:child_process"
import { once } from "node:events"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { runChild } from "../tools/child.mjs"
import { systems } from "./systems.mjs"

const worker = fileURLToPath(new URL("worker.mjs", import.meta.url))
const limitMs = 300_000
const lookMs = 100

/**
 * Jobs that two processes complete in a second, all of them put before: from the first look that finds a tenth completed,
 * once both processes are ready and warm, to the one that finds all. What is completed the database says; that each job was really worked
 * on, the calls that the processes count.
 */
export async function measureJobs(name, { url, schema, run }, count) {
  await runChild("durable/put.mjs", [name, url, schema, String(count)])
  const { completedQuery } = await systems[name]()
  const countCompleted = async () => Number((await run(completedQuery(schema)))[0].count)
  const workers = [1, 2].map(() => fork(worker, [name, url, schema], { stdio: ["ignore", "ignore", "inherit", "ipc"] }))
  const ask = async (child, text) => {
    child.send(text)
    const [answer] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => Promise.reject(new Error(`A worker of ${name} ended.`))),
    ])
    return answer
  }
  try {
    await Promise.all(workers.map((child) => ask(child, "go")))
    const until = Date.now() + limitMs
    let first
    for (;;) {
      const completed = await countCompleted()
      const at = performance.now()
      if (completed >= count / 10) first ??= { completed, at }
      if (completed >= count) {
        const calls = (await Promise.all(workers.map((child) => ask(child, "count")))).reduce((sum, n) => sum + n, 0)
        if (calls < count) throw new Error(`${name} completed ${count} jobs with ${calls} calls.`)
        if (first.completed > count / 2) throw new Error(`${count} jobs are too few to measure ${name}.`)
        return (completed - first.completed) / ((at - first.at) / 1000)
      }
      if (Date.now() > until) throw new Error(`${name} completed ${completed} of ${count} jobs in ${limitMs / 1000} s.`)
      await wait(lookMs)
    }
  } finally {
    for (const child of workers) child.kill("SIGKILL")
  }
}
