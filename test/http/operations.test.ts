import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { accessTable, type OperationId } from "../../src/http/access-table.ts"
import { toRoutePath } from "../../src/http/router.ts"
import type { FunctionsService } from "../../src/service/functions.ts"
import { documented } from "./documented.ts"
import { openFace, type Send, startService } from "./support.ts"
import { createZip } from "./zip.ts"

let service: FunctionsService
let send: Send
const covered = new Set<OperationId>()

beforeAll(async () => {
  service = await startService()
  send = documented(openFace(service))
  await service.deploy({ name: "double", source: "export default ({ values }) => values.map((v) => v * 2)" })
  await service.deploy({
    name: "greet",
    source: 'export default (event, { log }) => { log("hello"); return "hello " + event }',
  })
})

afterAll(async () => {
  await service.close()
})

/** A contract test of one operation; the last test of this file finds those that have none. */
function contract(id: OperationId, name: string, test: () => Promise<void>): void {
  covered.add(id)
  it(`${accessTable[id].method} ${toRoutePath(accessTable[id].path)} ${name}`, test)
}

const json = async (response: Response, status = 200) => {
  const text = await response.text()
  expect(response.status, text).toBe(status)
  expect(response.headers.get("content-type")).toBe("application/json")
  expect(response.headers.get("content-length")).toBe(String(Buffer.byteLength(text)))
  return JSON.parse(text)
}

const problem = async (response: Response, status: number, code?: string) => {
  const text = await response.text()
  expect(response.status, text).toBe(status)
  expect(response.headers.get("content-type")).toBe("application/problem+json")
  const body = JSON.parse(text)
  expect(body).toMatchObject({
    status,
    type: code ? `urn:inlay:error:${code}` : "about:blank",
    title: expect.any(String),
  })
  expect(body.detail).toMatch(/^Cannot /)
  expect(body.code).toBe(code)
  return body
}

describe("the functions", () => {
  contract("listFunctions", "lists them in pages", async () => {
    const page = await json(await send("GET", "/functions?limit=1"))
    expect(page.items).toHaveLength(1)
    expect(page.items[0]).toMatchObject({ name: "double", activeVersion: 1, environment: {} })
    await problem(await send("GET", "/functions?limit=0"), 400)
    await problem(await send("GET", "/functions?limit=1.5"), 400)
    await problem(await send("GET", "/functions?limit=1&limit=2"), 400)
    const { issues } = await problem(await send("GET", "/functions?cursor=%00"), 400)
    expect(issues[0].path).toBe("cursor")
  })

  contract("createFunction", "creates without code, or deploys with it", async () => {
    const created = await send("POST", "/functions", { json: { name: "empty" } })
    expect(created.headers.get("location")).toBe("/functions/empty")
    expect(await json(created, 201)).toMatchObject({ name: "empty", activeVersion: null, configuration: null })
    await problem(await send("POST", "/functions", { json: { name: "empty" } }), 422, "FN_006")
    await problem(await send("POST", "/functions", { json: { name: "no name" } }), 422, "FN_006")
    const unknown = await problem(
      await send("POST", "/functions", { json: { name: "x", directory: "/" } }),
      422,
      "FN_006",
    )
    expect(unknown.issues).toHaveLength(1)
    const deployed = await send("POST", "/functions", { json: { name: "coded", source: "export default () => 1" } })
    expect(await json(deployed, 201)).toMatchObject({ message: "Function deployed successfully", version: 1 })
  })

  contract("getFunction", "gets one by name or id, with a slash at the end or without", async () => {
    const byName = await json(await send("GET", "/functions/double/"))
    expect(await json(await send("GET", `/functions/${byName.id}`))).toEqual(byName)
    await problem(await send("GET", "/functions/missing"), 404, "FN_001")
  })

  contract("replaceFunction", "changes what is given", async () => {
    const changed = await send("PUT", "/functions/double", { json: { description: "Doubles values." } })
    expect(await json(changed)).toMatchObject({ name: "double", description: "Doubles values." })
    await problem(await send("PUT", "/functions/double", { json: { descripton: "" } }), 422, "FN_006")
    await problem(await send("PUT", "/functions/missing", { json: {} }), 404, "FN_001")
  })

  contract("updateFunction", "changes what is given, and leaves the rest", async () => {
    await json(await send("PATCH", "/functions/double", { json: { environment: { A: "1" } } }))
    const changed = await send("PATCH", "/functions/double", { json: { description: null } })
    expect(await json(changed)).toMatchObject({ description: null, environment: { A: "1" } })
    await problem(await send("PATCH", "/functions/double", { body: "" }), 400)
  })

  contract("removeFunction", "removes it", async () => {
    await service.create({ name: "removed" })
    const response = await send("DELETE", "/functions/removed")
    expect([response.status, await response.text()]).toEqual([204, ""])
    await problem(await send("DELETE", "/functions/removed"), 404, "FN_001")
  })
})

describe("deployments", () => {
  const source = "export default ({ data }) => ({ result: data.values.map((v) => v * 2) })"
  const zip = () => createZip({ "index.js": source })

  contract("deployFunction", "takes a form, a ZIP or JSON", async () => {
    const form = new FormData()
    form.set("file", new File([await zip()], "transform_data.zip", { type: "application/zip" }))
    const formed = await json(await send("POST", "/functions/deploy", { body: form }))
    expect(formed).toEqual({
      message: "Function deployed successfully",
      function_id: formed.functionId,
      functionId: expect.any(String),
      name: "transform_data",
      version: 1,
      contentHash: expect.any(String),
      createdAt: expect.any(Number),
      warnings: [],
    })
    const called = await send("POST", `/functions/${formed.function_id}/run/`, {
      json: { data: { values: [1, 2, 3, 4] } },
    })
    expect(await json(called)).toEqual({ result: [2, 4, 6, 8] })

    const headers = { "content-type": "application/zip" }
    const raw = await send("POST", "/functions/deploy?name=raw", {
      body: (await zip()) as RequestInit["body"],
      headers,
    })
    expect(await json(raw)).toMatchObject({ name: "raw", version: 1 })
    const named = { ...headers, "inlay-function-name": "named" }
    expect(
      await json(
        await send("POST", "/functions/deploy", { body: (await zip()) as RequestInit["body"], headers: named }),
      ),
    ).toMatchObject({
      name: "named",
    })
    const base64 = Buffer.from(await zip()).toString("base64")
    expect(
      await json(await send("POST", "/functions/deploy", { json: { name: "json_zip", zip: base64 } })),
    ).toMatchObject({
      name: "json_zip",
    })
    const files = { "index.js": { base64: Buffer.from(source).toString("base64") } }
    expect(await json(await send("POST", "/functions/deploy", { json: { name: "json_files", files } }))).toMatchObject({
      name: "json_files",
    })
  })

  it("takes name, code and configuration from the fields of a form", async () => {
    const form = new FormData()
    form.set("name", "from_form")
    form.set("source", source)
    form.set("config", JSON.stringify({ environment: { A: "b" } }))
    await json(await send("POST", "/functions/deploy", { body: form }))
    expect((await service.get("from_form")).environment).toEqual({ A: "b" })
  })

  it("refuses uploads that say too little or too much, and stores nothing", async () => {
    const deploy = (options: Parameters<Send>[2]) => send("POST", "/functions/deploy", options)
    const bytes = (await zip()) as RequestInit["body"]
    await problem(await deploy({ body: bytes, headers: { "content-type": "application/zip" } }), 422, "FN_006")
    await problem(await deploy({ json: { name: "no_code" } }), 422, "FN_006")
    await problem(await deploy({ json: { name: "both", source, files: {} } }), 422, "FN_006")
    await problem(await deploy({ json: { name: "on_disk", directory: "/etc" } }), 422, "FN_006")
    await problem(await deploy({ json: { name: "not_base64", zip: "***" } }), 422, "FN_006")
    await problem(await deploy({ json: { name: "bad_config", source, config: { nonsense: 1 } } }), 422, "FN_006")
    await problem(await deploy({ json: { name: "broken", source: "export default (" } }), 422, "FN_005")
    await problem(await deploy({ json: { name: "not_zip", zip: "AAEC" } }), 422, "FN_005")
    await problem(await deploy({ body: "name=x", headers: { "content-type": "text/plain" } }), 415)
    await problem(await deploy({ body: "--x", headers: { "content-type": "multipart/form-data; boundary=y" } }), 400)
    await problem(await deploy({ body: "{", headers: { "content-type": "application/json" } }), 400)
    await problem(await deploy({}), 400)
    const gzipped = { "content-type": "application/json", "content-encoding": "gzip" }
    await problem(await deploy({ body: "{}", headers: gzipped }), 415)
    const form = new FormData()
    form.set("name", "no_file")
    form.set("file", "text")
    await problem(await deploy({ body: form }), 422, "FN_006")
    for (const name of ["no_code", "both", "on_disk", "not_base64", "bad_config", "broken", "not_zip", "no_file"]) {
      await problem(await send("GET", `/functions/${name}`), 404, "FN_001")
    }
  })

  contract("deployVersion", "deploys under the path's name", async () => {
    await json(await send("POST", "/functions/deploy", { json: { name: "versioned", source } }))
    const { id } = await service.get("versioned")
    const second = { source: "export default () => 2" }
    expect(await json(await send("POST", `/functions/${id}/deploy`, { json: second }))).toMatchObject({ version: 2 })
    expect(await json(await send("POST", "/functions/brand_new/deploy", { json: second }))).toMatchObject({
      version: 1,
    })
    const other = { ...second, name: "other" }
    await problem(await send("POST", "/functions/versioned/deploy", { json: other }), 422, "FN_006")
    await problem(await send("POST", "/functions/versioned@1/deploy", { json: second }), 422, "FN_006")
  })

  contract("rollbackFunction", "goes back to the version before, or to the one named", async () => {
    await service.deploy({ name: "rolled", source: "export default () => 1" })
    await service.deploy({ name: "rolled", source: "export default () => 2" })
    expect(await json(await send("POST", "/functions/rolled/rollback"))).toMatchObject({ name: "rolled", version: 1 })
    expect(await json(await send("POST", "/functions/rolled/invoke"))).toBe(1)
    expect(await json(await send("POST", "/functions/rolled/rollback", { json: { to: 2 } }))).toMatchObject({
      version: 2,
    })
    await problem(await send("POST", "/functions/rolled/rollback", { json: { to: 9 } }), 404, "FN_001")
    await problem(await send("POST", "/functions/rolled/rollback", { json: { to: "1" } }), 422, "FN_006")
  })

  contract("listVersions", "lists them, newest first", async () => {
    const { items } = await json(await send("GET", "/functions/rolled/versions"))
    expect(items.map((item: { number: number }) => item.number)).toEqual([2, 1])
    await problem(await send("GET", "/functions/missing/versions"), 404, "FN_001")
  })

  contract("listActivations", "lists them, newest first", async () => {
    const { items } = await json(await send("GET", "/functions/rolled/activations"))
    expect(items.map((item: { version: number; reason: string }) => [item.version, item.reason])).toEqual([
      [2, "rollback"],
      [1, "rollback"],
      [2, "deploy"],
      [1, "deploy"],
    ])
  })

  contract("setAlias", "names a version, which can then be called", async () => {
    expect(await json(await send("PUT", "/functions/rolled/aliases/stable", { json: { version: 1 } }))).toMatchObject({
      alias: "stable",
      version: 1,
    })
    expect(await json(await send("POST", "/functions/rolled@stable/invoke"))).toBe(1)
    expect(await json(await send("POST", "/functions/rolled%40stable/invoke"))).toBe(1)
    expect(await json(await send("POST", "/functions/rolled@2/invoke"))).toBe(2)
    await problem(await send("PUT", "/functions/rolled/aliases/stable", { json: { version: 9 } }), 404, "FN_001")
    await problem(await send("PUT", "/functions/rolled/aliases/7", { json: { version: 1 } }), 422, "FN_006")
  })

  contract("listAliases", "lists them", async () => {
    const { items } = await json(await send("GET", "/functions/rolled/aliases"))
    expect(items).toMatchObject([{ alias: "stable", version: 1 }])
  })

  contract("promoteAlias", "makes its version the active one", async () => {
    expect(await json(await send("POST", "/functions/rolled/aliases/stable/promote"))).toMatchObject({ version: 1 })
    expect((await service.get("rolled")).activeVersion).toBe(1)
    await problem(await send("POST", "/functions/rolled/aliases/missing/promote"), 404, "FN_001")
  })

  contract("removeAlias", "removes it", async () => {
    expect((await send("DELETE", "/functions/rolled/aliases/stable")).status).toBe(204)
    await problem(await send("DELETE", "/functions/rolled/aliases/stable"), 404, "FN_001")
  })
})

describe("calls", () => {
  contract("invokeFunction", "answers the raw output, with the invocation's id", async () => {
    const response = await send("POST", "/functions/double/invoke", { json: { values: [1, 2, 3, 4] } })
    const id = response.headers.get("inlay-invocation-id") ?? ""
    expect(await json(response)).toEqual([2, 4, 6, 8])
    expect(await json(await send("GET", `/invocations/${id}`))).toMatchObject({
      id,
      name: "double",
      status: "succeeded",
    })
    await problem(await send("POST", "/functions/missing/invoke", { json: 1 }), 404, "FN_001")
  })

  contract("runFunction", "does the same", async () => {
    expect(await json(await send("POST", "/functions/greet/run/", { json: "you" }))).toBe("hello you")
    expect(await json(await send("POST", "/functions/greet/run"))).toBe("hello null")
  })

  it("answers 204 where the function answered nothing, and null where it answered null", async () => {
    await service.deploy({ name: "echo", source: "export default (event) => event" })
    await service.deploy({ name: "nothing", source: "export default () => {}" })
    const nothing = await send("POST", "/functions/nothing/invoke")
    expect([nothing.status, await nothing.text()]).toEqual([204, ""])
    expect(nothing.headers.get("inlay-invocation-id")).toBeTruthy()
    expect(await json(await send("POST", "/functions/echo/invoke", { json: null }))).toBeNull()
    expect(await json(await send("POST", "/functions/echo/invoke"))).toBeNull()
  })

  it("goes on with the caller's trace, and tells it", async () => {
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` }
    const response = await send("POST", "/functions/echo/invoke", { json: 1, headers })
    expect(response.headers.get("traceparent")).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`))
    const broken = { traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01` }
    const fresh = await send("POST", "/functions/echo/invoke", { json: 1, headers: broken })
    expect(fresh.headers.get("traceparent")).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it("answers a failure with the code's status and the function's own error", async () => {
    await service.deploy({ name: "failing", source: 'export default () => { throw new RangeError("too far") }' })
    const response = await send("POST", "/functions/failing/invoke", { json: {} })
    expect(response.status).toBe(500)
    expect(response.headers.get("content-type")).toBe("application/problem+json")
    const body = (await response.json()) as { invocationId: string; instance: string }
    expect(body).toMatchObject({
      type: "urn:inlay:error:FN_004",
      code: "FN_004",
      title: "Runtime error",
      status: 500,
      detail: expect.stringContaining("too far"),
      error: { name: "RangeError", message: "too far", stack: expect.any(String) },
    })
    expect(body.invocationId).toBe(response.headers.get("inlay-invocation-id"))
    expect(body.instance).toBe(`/invocations/${body.invocationId}`)
  })

  it("answers with the status, headers and body of a Response", async () => {
    const source = `export default { fetch: () => {
      const headers = new Headers({ "x-own": "1", connection: "close", "content-length": "999" })
      headers.append("set-cookie", "a=1"); headers.append("set-cookie", "b=2")
      return new Response("made", { status: 201, headers })
    } }`
    await service.deploy({ name: "responding", source })
    const response = await send("POST", "/functions/responding/invoke", { json: {} })
    expect([response.status, await response.text()]).toEqual([201, "made"])
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"])
    expect(response.headers.get("x-own")).toBe("1")
    expect(response.headers.get("connection")).toBeNull()
    expect(response.headers.get("content-length")).toBe("4")
  })

  it("refuses bodies that are no JSON (400) or no JSON by their type (415)", async () => {
    const headers = { "content-type": "application/json" }
    for (const body of ["{", "nul", "\u0000", '{"a":1}}', new Uint8Array([0xff, 0x22])]) {
      await problem(await send("POST", "/functions/echo/invoke", { body, headers }), 400)
    }
    await problem(
      await send("POST", "/functions/echo/invoke", { body: "1", headers: { "content-type": "text/plain" } }),
      415,
    )
    const cloudEvent = { "content-type": "application/cloudevents+json; charset=utf-8" }
    expect(await json(await send("POST", "/functions/echo/invoke", { body: "1", headers: cloudEvent }))).toBe(1)
  })
})

describe("the environment", () => {
  contract("setVariables", "sets some and deletes those that are null", async () => {
    const path = "/functions/greet/env"
    expect(await json(await send("PUT", path, { json: { A: "1", B: "2" } }))).toEqual({ A: "1", B: "2" })
    expect(await json(await send("PUT", path, { json: { A: null, C: "3" } }))).toEqual({ B: "2", C: "3" })
    await problem(await send("PUT", path, { json: { "1": "x" } }), 422, "FN_006")
    await problem(await send("PUT", path, { json: { A: 1 } }), 422, "FN_006")
  })

  contract("listVariables", "lists them", async () => {
    expect(await json(await send("GET", "/functions/greet/env"))).toEqual({ B: "2", C: "3" })
  })

  contract("setVariable", "sets one", async () => {
    const path = "/functions/greet/env/D"
    expect(await json(await send("PUT", path, { json: { value: "4" } }))).toEqual({ key: "D", value: "4" })
    await problem(await send("PUT", path, { json: "4" }), 422, "FN_006")
    await problem(await send("PUT", "/functions/greet/env/1D", { json: { value: "4" } }), 422, "FN_006")
  })

  contract("getVariable", "gets one", async () => {
    expect(await json(await send("GET", "/functions/greet/env/D"))).toEqual({ key: "D", value: "4" })
    await problem(await send("GET", "/functions/greet/env/constructor"), 404, "FN_001")
  })

  contract("removeVariable", "deletes one", async () => {
    expect((await send("DELETE", "/functions/greet/env/D")).status).toBe(204)
    await problem(await send("DELETE", "/functions/greet/env/D"), 404, "FN_001")
  })
})

describe("the records", () => {
  contract("listInvocations", "lists them by function, outcome and time", async () => {
    const page = await json(await send("GET", "/invocations?function=failing&status=failed&range=1h"))
    expect(page.items).toHaveLength(1)
    expect(page.items[0]).toMatchObject({ name: "failing", error: { code: "FN_004" } })
    expect((await json(await send("GET", "/invocations?from=0&to=1"))).items).toEqual([])
    await problem(await send("GET", "/invocations?range=yesterday"), 400)
    expect((await json(await send("GET", "/invocations?from=2&to=1"))).items).toEqual([])
    await problem(await send("GET", "/invocations?function=missing"), 404, "FN_001")
  })

  contract("getInvocation", "gets one", async () => {
    const { items } = await json(await send("GET", "/invocations?limit=1"))
    expect(await json(await send("GET", `/invocations/${items[0].id}`))).toEqual(items[0])
    await problem(await send("GET", "/invocations/none"), 404, "FN_001")
  })

  contract("listLogs", "lists what a function wrote", async () => {
    const { items } = await json(await send("GET", "/functions/greet/logs"))
    expect(items[0]).toMatchObject({ message: "hello", level: "info", invocationId: expect.any(String) })
    await problem(await send("GET", "/functions/missing/logs"), 404, "FN_001")
  })

  contract("getFunctionMetrics", "summarises a range", async () => {
    const summary = await json(await send("GET", "/functions/failing/metrics?range=1h"))
    expect(summary).toMatchObject({ name: "failing", count: 1, errors: 1, errorRate: 1 })
    expect(summary.range.to - summary.range.from).toBe(3_600_000)
    await problem(await send("GET", "/functions/failing/metrics?range=1y"), 400)
    await problem(await send("GET", "/functions/missing/metrics"), 404, "FN_001")
  })

  contract("listMetrics", "summarises every function", async () => {
    const { items } = await json(await send("GET", "/metrics"))
    expect(items.find((item: { name: string }) => item.name === "failing")).toMatchObject({ count: 1 })
  })
})

describe("the pipelines", () => {
  const definition = { name: "twice", steps: [{ name: "first", function: "greet" }, { function: "greet@1" }] }

  contract("definePipeline", "adds it, or replaces it", async () => {
    const response = await send("POST", "/pipelines", { json: definition })
    expect(response.headers.get("location")).toBe("/pipelines/twice")
    const pipeline = await json(response, 201)
    expect(pipeline.steps).toMatchObject([
      { kind: "function", name: "first" },
      { name: "greet", function: "greet@1" },
    ])
    const { name: _name, ...nameless } = definition
    await problem(await send("POST", "/pipelines", { json: nameless }), 422, "FN_006")
    const missing = { name: "p", steps: [{ function: "missing" }] }
    await problem(await send("POST", "/pipelines", { json: missing }), 422, "FN_006")
  })

  contract("replacePipeline", "adds or replaces it under the path's name", async () => {
    const { id } = await service.pipelines.get("twice")
    const { steps } = definition
    expect(await json(await send("PUT", "/pipelines/twice", { json: { steps } }))).toMatchObject({ id, name: "twice" })
    await problem(await send("PUT", "/pipelines/other", { json: definition }), 422, "FN_006")
  })

  contract("getPipeline", "gets it", async () => {
    expect(await json(await send("GET", "/pipelines/twice"))).toMatchObject({ name: "twice" })
    await problem(await send("GET", "/pipelines/missing"), 404, "FN_001")
  })

  contract("listPipelines", "lists them", async () => {
    expect((await json(await send("GET", "/pipelines"))).items).toMatchObject([{ name: "twice" }])
  })

  contract("runPipeline", "answers the run with a record of each step", async () => {
    const response = await send("POST", "/pipelines/twice/run", { json: "you" })
    const id = response.headers.get("inlay-pipeline-run-id")
    const run = await json(response)
    expect(run).toMatchObject({ id, status: "succeeded", output: "hello hello you" })
    expect(run.steps).toMatchObject([{ status: "succeeded" }, { status: "succeeded" }])
    await problem(await send("POST", "/pipelines/missing/run", { json: 1 }), 404, "FN_001")
    await problem(
      await send("POST", "/pipelines/twice/run", { body: "{", headers: { "content-type": "application/json" } }),
      400,
    )
  })

  it("answers the run also where a step failed", async () => {
    await send("PUT", "/pipelines/broken", { json: { steps: [{ function: "failing" }, { function: "greet" }] } })
    const run = await json(await send("POST", "/pipelines/broken/run", { json: 1 }))
    expect(run).toMatchObject({ status: "failed", error: { code: "FN_004" } })
    expect(run.steps).toMatchObject([{ status: "failed" }, { status: "skipped" }])
  })

  contract("listPipelineRuns", "lists its runs", async () => {
    expect((await json(await send("GET", "/pipelines/twice/runs"))).items).toMatchObject([{ pipeline: "twice" }])
  })

  contract("getPipelineRun", "gets a run", async () => {
    const { items } = await json(await send("GET", "/pipelines/twice/runs"))
    expect(await json(await send("GET", `/pipeline-runs/${items[0].id}`))).toEqual(items[0])
    await problem(await send("GET", "/pipeline-runs/none"), 404, "FN_001")
  })

  contract("removePipeline", "removes it", async () => {
    expect((await send("DELETE", "/pipelines/broken")).status).toBe(204)
    await problem(await send("DELETE", "/pipelines/broken"), 404, "FN_001")
  })
})

describe("the layers", () => {
  const deploy = (source: string) => send("POST", "/layers", { json: { name: "dates", source } })

  contract("deployLayer", "deploys a ZIP, a form or JSON", async () => {
    expect(await json(await deploy("export const year = 1"))).toMatchObject({
      name: "dates",
      version: 1,
      exports: ["year"],
      snapshotBytes: expect.any(Number),
      warnings: [],
    })
    const zip = await createZip({ "index.ts": "export const month: number = 2" })
    const headers = { "content-type": "application/zip" }
    const bytes = new Uint8Array(zip)
    const raw = await json(await send("POST", "/layers?name=dates", { body: bytes, headers }))
    expect(raw).toMatchObject({ version: 2, exports: ["month"] })
    const form = new FormData()
    form.set("file", new File([bytes], "dates.zip"))
    expect(await json(await send("POST", "/layers", { body: form }))).toMatchObject({ version: 2 })
    const missing = await problem(await send("POST", "/layers", { json: { source: "" } }), 422, "FN_006")
    expect(missing.issues).toMatchObject([{ path: "name" }])
    const configured = { name: "dates", source: "", config: { memory: 64 } }
    expect(await problem(await send("POST", "/layers", { json: configured }), 422, "FN_006")).toMatchObject({
      issues: [{ path: "config" }],
    })
    await problem(await deploy("export const = 1"), 422, "FN_005")
  })

  contract("getLayer", "gets a version with those that use it", async () => {
    const source = 'import { year } from "layer:dates"\nexport default () => year'
    const config = { layers: ["dates@1"] }
    await json(await send("POST", "/functions/dated/deploy", { json: { source, config } }))
    expect(await json(await send("POST", "/functions/dated/invoke"))).toBe(1)
    const { functionId } = (await service.versions("dated"))[0] ?? {}
    expect(await json(await send("GET", "/layers/dates@1"))).toMatchObject({
      version: 1,
      usedBy: [{ layer: 1, functionId, name: "dated", version: 1 }],
    })
    expect(await json(await send("GET", "/layers/dates"))).toMatchObject({ version: 2, usedBy: [] })
    for (const name of ["dates@9", "missing", "dates@x"]) {
      await problem(await send("GET", `/layers/${name}`), 404, "FN_001")
    }
  })

  contract("listLayers", "lists the latest of each, in pages", async () => {
    await json(await send("POST", "/layers", { json: { name: "texts", source: "export {}" } }))
    const page = await json(await send("GET", "/layers?limit=1"))
    expect(page).toMatchObject({ items: [{ name: "dates", version: 2 }], next: "dates" })
    const last = await json(await send("GET", `/layers?cursor=${page.next}`))
    expect(last).toMatchObject({ items: [{ name: "texts" }], next: null })
  })

  contract("listLayerVersions", "lists them, newest first", async () => {
    const { items } = await json(await send("GET", "/layers/dates/versions"))
    expect(items.map(({ version }: { version: number }) => version)).toEqual([2, 1])
    await problem(await send("GET", "/layers/missing/versions"), 404, "FN_001")
  })

  contract("removeLayer", "removes what nothing uses", async () => {
    const refused = await problem(await send("DELETE", "/layers/dates"), 422, "FN_006")
    expect(refused.issues).toEqual([{ path: "dated@1", message: "uses it" }])
    expect((await send("DELETE", "/layers/dates@2")).status).toBe(204)
    await problem(await send("DELETE", "/layers/dates@2"), 404, "FN_001")
    expect((await send("DELETE", "/functions/dated")).status).toBe(204)
    expect((await send("DELETE", "/layers/dates")).status).toBe(204)
    await problem(await send("GET", "/layers/dates"), 404, "FN_001")
  })
})

describe("calls that run later", () => {
  const ended = async (path: string) => {
    for (;;) {
      const call = await json(await send("GET", path))
      if (!["queued", "running", "waiting"].includes(call.status)) return call
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const failing = async (event: unknown) => {
    const { id } = await json(await send("POST", "/functions/failing/enqueue", { json: event }), 202)
    await ended(`/invocations/${id}`)
    return id as string
  }

  beforeAll(async () => {
    const source = 'export default (n) => { if (n < 0) throw new SyntaxError("negative"); return n }'
    await service.deploy({ name: "failing", source })
  })

  contract("enqueueFunction", "accepts a call, which can be followed", async () => {
    const headers = { "idempotency-key": "k1" }
    const accepted = await send("POST", "/functions/double/enqueue", { json: { values: [2] }, headers })
    const call = await json(accepted, 202)
    expect(accepted.headers.get("location")).toBe(`/invocations/${call.id}`)
    expect(await ended(`/invocations/${call.id}`)).toMatchObject({ status: "succeeded", output: [4] })
    const again = await send("POST", "/functions/double/enqueue", { json: { values: [2] }, headers })
    expect(await json(again, 202)).toMatchObject({ id: call.id, output: [4] })
    const other = await send("POST", "/functions/double/enqueue", { json: { values: [3] }, headers })
    await problem(other, 422, "FN_006")
    await problem(await send("POST", "/functions/missing/enqueue", { json: 1 }), 404, "FN_001")
    await problem(await send("POST", "/functions/double/enqueue?priority=high", { json: 1 }), 400)
  })

  contract("cancelInvocation", "ends a call that waits", async () => {
    const { id } = await json(await send("POST", "/functions/double/enqueue?delayMs=60000", { json: 1 }), 202)
    expect(await json(await send("POST", `/invocations/${id}/cancel`))).toMatchObject({ status: "cancelled" })
    await problem(await send("POST", "/invocations/none/cancel"), 404, "FN_001")
  })

  contract("listDeadLetters", "lists what failed for good", async () => {
    const id = await failing(-1)
    const { items } = await json(await send("GET", "/dead-letters?function=failing&replayed=false&code=FN_004"))
    expect(items).toMatchObject([{ id, input: -1, error: { name: "SyntaxError" } }])
    await problem(await send("GET", "/dead-letters?code=5"), 400)
  })

  contract("getDeadLetter", "gets one", async () => {
    const id = await failing(-2)
    expect(await json(await send("GET", `/dead-letters/${id}`))).toMatchObject({
      id,
      input: -2,
      attempts: [{ number: 1 }],
    })
    await problem(await send("GET", "/dead-letters/none"), 404, "FN_001")
  })

  contract("replayDeadLetter", "calls again, with another input", async () => {
    const id = await failing(-3)
    const again = await json(await send("POST", `/dead-letters/${id}/replay`, { json: { input: 3 } }), 202)
    expect(await ended(`/invocations/${again.id}`)).toMatchObject({ originId: id, output: 3 })
  })

  contract("replayDeadLetters", "calls all again that fit", async () => {
    const id = await failing(-4)
    const { ids } = await json(await send("POST", "/dead-letters/replay", { json: { dryRun: true } }))
    expect(ids).toContain(id)
    expect((await json(await send("POST", "/dead-letters/replay", { json: { limit: 1 } }))).count).toBe(1)
    await problem(await send("POST", "/dead-letters/replay", { json: { all: true } }), 422, "FN_006")
  })

  contract("removeDeadLetter", "removes one", async () => {
    const id = await failing(-5)
    expect((await send("DELETE", `/dead-letters/${id}`)).status).toBe(204)
    await problem(await send("DELETE", `/dead-letters/${id}`), 404, "FN_001")
  })

  contract("purgeDeadLetters", "removes all that fit", async () => {
    await failing(-6)
    expect((await json(await send("DELETE", "/dead-letters?function=failing"))).removed).toBeGreaterThan(0)
    expect(await json(await send("DELETE", "/dead-letters?function=failing"))).toEqual({ removed: 0 })
  })

  const approving = { name: "approving", steps: [{ function: "double" }, { kind: "approval", name: "boss" }] }
  const waiting = async () => {
    const accepted = await send("POST", "/pipelines/approving/start", { json: { values: [1] } })
    const { id } = await json(accepted, 202)
    expect(accepted.headers.get("location")).toBe(`/pipeline-runs/${id}`)
    for (;;) {
      const run = await json(await send("GET", `/pipeline-runs/${id}`))
      if (run.status === "waiting") return id as string
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  contract("startPipeline", "accepts a run, which goes on by itself", async () => {
    await json(await send("POST", "/pipelines", { json: approving }), 201)
    await waiting()
    await problem(await send("POST", "/pipelines/missing/start", { json: 1 }), 404, "FN_001")
  })

  contract("approveStep", "lets a run go on", async () => {
    const id = await waiting()
    const path = `/pipeline-runs/${id}/steps/boss/approve`
    expect((await send("POST", path, { json: { approved: true, comment: "fine" } })).status).toBe(204)
    expect(await ended(`/pipeline-runs/${id}`)).toMatchObject({ output: { approved: true, comment: "fine" } })
    await problem(await send("POST", path, { json: { approved: true } }), 404, "FN_001")
  })

  contract("cancelPipelineRun", "ends a run", async () => {
    const id = await waiting()
    expect(await json(await send("POST", `/pipeline-runs/${id}/cancel`))).toMatchObject({ status: "cancelled" })
    await problem(await send("POST", "/pipeline-runs/none/cancel"), 404, "FN_001")
  })

  contract("rerunPipeline", "runs again from a step on", async () => {
    const id = await waiting()
    await json(await send("POST", `/pipeline-runs/${id}/cancel`))
    const again = await json(await send("POST", `/pipeline-runs/${id}/rerun`, { json: { from: "boss" } }), 202)
    expect(again.originId).toBe(id)
    await problem(await send("POST", `/pipeline-runs/${id}/rerun`, { json: { from: "nobody" } }), 422, "FN_006")
  })

  contract("getPipelineRunProvenance", "tells what a run was made of", async () => {
    const id = await waiting()
    const { input, steps, run } = await json(await send("GET", `/pipeline-runs/${id}/provenance`))
    expect([input, steps[0].function, run.id]).toEqual([{ values: [1] }, "double@1", id])
    await problem(await send("GET", "/pipeline-runs/none/provenance"), 404, "FN_001")
  })
})

describe("the service", () => {
  contract("getTypes", "answers the declarations of what the host gives", async () => {
    const response = await send("GET", "/types")
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8")
    expect(await response.text()).toBe(service.types())
  })

  contract("getHealth", "says that the process answers", async () => {
    expect(await json(await send("GET", "/health"))).toEqual({ status: "ok" })
    const head = await send("HEAD", "/health")
    expect([head.status, await head.text(), head.headers.get("content-length")]).toEqual([200, "", "15"])
  })

  contract("getReadiness", "says whether calls can be answered, and not why they cannot", async () => {
    expect(await json(await send("GET", "/ready"))).toEqual({ status: "ready" })
    const errors: unknown[] = []
    const broken = {
      ...service,
      health: { ...service.health, ready: () => Promise.reject(new Error("disk /dev/sda1")) },
    }
    const options = { authenticate: "open", onError: (error: unknown) => errors.push(error) } as const
    const { detail } = await problem(await openFace(broken, options)("GET", "/ready"), 503)
    expect(detail).not.toContain("sda1")
    expect(errors).toHaveLength(1)
  })

  contract("getOpenApi", "documents every operation", async () => {
    const document = await json(await send("GET", "/openapi.json"))
    expect(document.openapi).toBe("3.1.0")
    const ids = Object.values(document.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
      (path) => Object.values(path).map((operation) => operation.operationId),
    )
    expect(ids.sort()).toEqual(Object.keys(accessTable).sort())
  })
})

it("every operation has a contract test", () => {
  expect([...covered].sort()).toEqual(Object.keys(accessTable).sort())
})
