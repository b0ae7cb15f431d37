import { afterEach, beforeEach, expect, test } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { createFunctions, definePipeline, type FunctionsService, type PipelineRun } from "../../src/index.ts"
import { readVersion } from "../../src/service/version.ts"
import { temporaryPaths } from "../storage/support/sqlite.ts"

const temporaryPath = temporaryPaths()
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
let path: string
let functions: FunctionsService
const open = async () => {
  functions = await createFunctions({
    storage: sqlite(path),
    authenticate: "open",
    logger,
    queue: { pollMs: 20, leaseMs: 1000 },
  })
}
beforeEach(async () => {
  path = temporaryPath("versions.db")
  await open()
})
afterEach(() => functions.close())

async function waitsFor(id: string, step: string): Promise<PipelineRun> {
  const find = async () => (await functions.pipelines.getRun(id)).steps.find(({ name }) => name === step)?.status
  await expect.poll(find).toBe("waiting")
  return functions.pipelines.getRun(id)
}

test("a run stays on the versions that it began with, of other pipelines too, through deploys, changes and a restart", async () => {
  const first = await functions.deploy({
    name: "say",
    source: "export default () => 'one'",
    config: { environment: { A: "1" } },
  })
  await functions.pipelines.define(definePipeline("inner").step("say", { name: "within" }))
  const outer = definePipeline("outer")
    .step("say", { name: "before" })
    .approval({ name: "first" })
    .pipeline("inner")
    .approval({ name: "second" })
    .step("say", { name: "after" })
  await functions.pipelines.define(outer)
  const { id } = await functions.pipelines.start("outer", 1)
  await waitsFor(id, "first")

  const second = await functions.deploy({ name: "say", source: "export default () => 'two'" })
  await functions.pipelines.define(definePipeline("inner").step("say").step("say"))
  await functions.pipelines.define(definePipeline("outer").pipeline("inner"))
  await functions.close({ graceMs: 0 })
  await open()
  await functions.pipelines.approve(id, "first", { approved: true })
  await waitsFor(id, "second")
  await functions.pipelines.remove("inner")
  await functions.pipelines.approve(id, "second", { approved: true, by: "ann" })
  await expect.poll(async () => (await functions.pipelines.getRun(id)).status).toBe("succeeded")

  const { run, input, steps, surroundings } = await functions.pipelines.provenance(id)
  expect(run.steps.map(({ name, output, version }) => [name, output, version])).toEqual([
    ["before", "one", 1],
    ["first", { approved: true, at: expect.any(Number) }, null],
    ["within", "one", 1],
    ["second", { approved: true, by: "ann", at: expect.any(Number) }, null],
    ["after", "one", 1],
  ])
  expect(input).toBe(1)
  expect(steps).toMatchObject([{ function: "say@1" }, {}, { steps: [{ function: "say@1" }] }, {}, {}])
  const { contentHash, functionId } = first
  const say = { name: "say", functionId, version: 1, runtime: "quickjs", contentHash }
  expect(surroundings).toEqual({
    functions: [{ ...say, environmentHash: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    service: { inlay: await readVersion(), node: process.versions.node },
  })

  // What is accepted later is on what is there then, and a run that is done again on what it had.
  await functions.pipelines.define(definePipeline("inner").step("say"))
  expect((await functions.pipelines.run("outer")).steps).toMatchObject([{ output: "two", version: second.version }])
  await functions.setEnvironment("say", { A: "2" })
  const again = await functions.pipelines.rerun(id, { from: "after" })
  await expect.poll(async () => (await functions.pipelines.getRun(again.id)).output).toBe("one")
  const [changed] = (await functions.pipelines.provenance(again.id)).surroundings?.functions ?? []
  expect(changed).toMatchObject(say)
  expect(changed?.environmentHash).not.toBe(surroundings?.functions[0]?.environmentHash)
})

test("a step's output is kept for the same code in the same environment with the same input alone", async () => {
  const source = "export default (input, { env }) => [env.RATE, Math.random()]"
  await functions.deploy({ name: "rate", source, config: { environment: { RATE: "1" } } })
  await functions.pipelines.define(definePipeline("p").step("rate", { cache: 3600 }))
  const run = async (input: unknown) => (await functions.pipelines.run("p", input)).steps[0]
  const first = await run({ a: 1, b: 2 })
  expect(first).toMatchObject({ version: 1 })
  expect(first).not.toHaveProperty("cached")
  const second = await run({ b: 2, a: 1 })
  expect(second).toMatchObject({ cached: true, output: first?.output, version: 1 })
  expect((await run({ a: 2, b: 2 }))?.output).not.toEqual(first?.output)

  await functions.setEnvironment("rate", { RATE: "2" })
  const changed = await run({ a: 1, b: 2 })
  expect(changed).not.toHaveProperty("cached")
  await functions.setEnvironment("rate", { RATE: "1" })
  expect(await run({ a: 1, b: 2 })).toMatchObject({ cached: true, output: first?.output })

  // Another function of the name is another function.
  await functions.remove("rate")
  await functions.deploy({ name: "rate", source, config: { environment: { RATE: "1" } } })
  expect(await run({ a: 1, b: 2 })).not.toHaveProperty("cached")
})

test("a try that takes longer than its step may is ended, and followed by another", async () => {
  await functions.deploy({
    name: "slow_once",
    source: `import { kv } from "inlay/sdk"
      export default async () => {
        const tries = ((await kv.get("tries")) ?? 0) + 1
        await kv.set("tries", tries)
        if (tries === 1) await new Promise((resolve) => setTimeout(resolve, 20_000))
        return tries
      }`,
  })
  const options = { timeout: 0.5, retry: { attempts: 2, delay: 0 } }
  const pipeline = definePipeline("p").map((item) => item.step("slow_once", options), { items: "$.input" })
  await functions.pipelines.define(pipeline)
  const run = await functions.pipelines.run("p", [1])
  expect(run).toMatchObject({ status: "succeeded", output: [2], steps: [{ attempts: 2 }] })
})
