import { afterAll, beforeAll, expect, it } from "vitest"
import { createKysely } from "../../adapters/storage/sql/kysely-driver.ts"
import { sqliteEngine } from "../../adapters/storage/sql/sqlite-engine.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, definePipeline, type FunctionsService } from "../../src/index.ts"
import { openOnThread, temporaryPaths } from "../storage/support/sqlite.ts"

const path = temporaryPaths()("runs.db")
const beside = openOnThread(path)
const database = createKysely(sqliteEngine, beside)
const failures: unknown[] = []
let nowMs = Date.UTC(2026, 0, 1)
let functions: FunctionsService

async function open(concurrency = 64): Promise<FunctionsService> {
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  return await createFunctions({
    storage: sqlite(path),
    authenticate: "open",
    logger,
    now: () => nowMs,
    queue: { pollMs: 5, concurrency },
    onError: (error) => failures.push(error),
  })
}

beforeAll(async () => {
  functions = await open()
  await functions.deploy({ name: "double", source: "export default (n) => n * 2" })
  await functions.pipelines.define(definePipeline("slow").step("double").wait(3600).step("double"))
})
afterAll(async () => {
  await functions.close({ graceMs: 0 })
  await beside.disconnect()
})

async function reaches(id: string, status: string) {
  for (;;) {
    const run = await functions.pipelines.getRun(id)
    if (run.status === status) return run
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A run that waits, with the next step an hour away. */
async function waiting(): Promise<string> {
  const { id } = await functions.pipelines.start("slow", 3)
  await reaches(id, "waiting")
  return id
}

it("a run whose checkpoint cannot be read fails, and says why; no other run and no call notices", async () => {
  const definition = await waiting()
  const step = await waiting()
  const output = await waiting()
  const payload = await waiting()
  const whole = await waiting()
  // Another process goes on with them: this one still knows what it has written down.
  await functions.close()
  functions = await open()
  await database.updateTable("inlay_runs").set({ definition: "[{" }).where("id", "=", definition).execute()
  await database.updateTable("inlay_run_steps").set({ error: "{" }).where("run_id", "=", step).execute()
  await database.updateTable("inlay_run_steps").set({ output: "6]" }).where("run_id", "=", output).execute()
  await database.updateTable("inlay_jobs").set({ payload: "no" }).where("id", "=", payload).execute()
  nowMs += 3_600_000
  const error = { code: "FN_004", message: expect.stringContaining("cannot be read") }
  for (const id of [definition, step, output]) expect(await reaches(id, "failed")).toMatchObject({ error })
  // Its job says nothing that the run does not say itself.
  expect(await reaches(payload, "succeeded")).toMatchObject({ output: 12 })
  expect(await reaches(whole, "succeeded")).toMatchObject({ output: 12 })
  expect(failures).toEqual([])
  expect((await functions.pipelines.listRuns("slow")).items).toHaveLength(5)
})

const wrong = {
  "a number": "5",
  "a list of something else": "[1,null]",
  "a list of steps of an unknown kind": '[{"kind":"zap","name":"a"},{"kind":"wait","name":"wait","seconds":1}]',
  "a step whose inner steps are none": '[{"kind":"map","name":"a","steps":{}}]',
}

it.each(Object.entries(wrong))("a run whose definition is %s fails at once, and can be looked at", async (_, text) => {
  const id = await waiting()
  await functions.close()
  functions = await open()
  await database.updateTable("inlay_runs").set({ definition: text, input: "{" }).where("id", "=", id).execute()
  nowMs += 3_600_000
  const message = expect.stringContaining("cannot be read (its definition is no list of steps)")
  expect(await reaches(id, "failed")).toMatchObject({ error: { code: "FN_004", message } })
  expect(await functions.pipelines.runToMermaid(id)).toContain("flowchart")
  expect(await functions.pipelines.provenance(id)).toMatchObject({ input: null, steps: [] })
  await expect(functions.pipelines.rerun(id)).rejects.toMatchObject({ code: "FN_006" })
  expect(await functions.pipelines.cancel(id)).toMatchObject({ status: "failed" })
  expect(failures).toEqual([])
})

it.each(["no", "null", '{"pipeline":"slow","definition":5,"input":"3","originId":null}'])(
  "a run that has not begun, and whose job carries %s, ends and says why",
  async (payload) => {
    await functions.close()
    functions = await open(0)
    const { id } = await functions.pipelines.start("slow", 3)
    await database.updateTable("inlay_jobs").set({ payload }).where("id", "=", id).execute()
    await functions.close()
    functions = await open()
    const error = { code: "FN_004", message: expect.stringContaining("cannot be read") }
    expect(await reaches(id, "cancelled")).toMatchObject({ error })
    expect(failures).toEqual([])
  },
)

it("a job whose tries cannot be read is done all the same", async () => {
  const { id } = await functions.enqueue("double", 4, { delayMs: 1000 })
  await database.updateTable("inlay_jobs").set({ attempts: "[", error: "{" }).where("id", "=", id).execute()
  nowMs += 1000
  for (;;) {
    const call = await functions.invocations.get(id)
    if (call.status === "succeeded") break
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
})
