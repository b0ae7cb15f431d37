import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { accessTable, type OperationId } from "../../src/http/access-table.ts"
import { toRoutePath } from "../../src/http/router.ts"
import type { FunctionsService } from "../../src/service/functions.ts"
import { sampleAnomaly } from "../../src/testing/storage-contract/samples.ts"
import { documented } from "./documented.ts"
import { openFace, type Send, startService } from "./support.ts"
import { createZip } from "./zip.ts"

const storage = sqlite(":memory:")
const connections = {
  key: Buffer.alloc(32, 1),
  url: "https://app.example.com/api",
  providers: {
    acme: { authorizationUrl: "https://acme.example/auth", tokenUrl: "https://acme.example/token", clientId: "inlay" },
  },
}
let service: FunctionsService
let send: Send
const covered = new Set<OperationId>()

beforeAll(async () => {
  service = await startService({ storage, connections })
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
      logs: [],
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

  contract("searchLogs", "searches what functions wrote", async () => {
    const { items } = await json(await send("GET", "/logs?text=hello&limit=1"))
    expect(items).toMatchObject([{ message: "hello", functionName: "greet", fields: {} }])
    await problem(await send("GET", "/logs?level=loud"), 400)
    await problem(await send("GET", "/logs?function=missing"), 404, "FN_001")
  })

  contract("tailLogs", "follows what functions write", async () => {
    const response = await send("GET", "/logs/tail?function=greet")
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("text/event-stream")
    await response.body?.cancel()
    await problem(await send("GET", "/logs/tail?function=missing"), 404, "FN_001")
  })

  contract("exportLogs", "gives everything that functions wrote", async () => {
    const response = await send("GET", "/logs/export?function=greet")
    expect(response.headers.get("content-type")).toBe("application/x-ndjson")
    expect(JSON.parse((await response.text()).split("\n")[0] ?? "")).toMatchObject({ message: "hello" })
    await problem(await send("GET", "/logs/export?version=x"), 400)
  })

  contract("listErrors", "lists failures by their cause", async () => {
    const { items } = await json(await send("GET", "/errors?function=failing&status=open"))
    expect(items).toMatchObject([{ functionName: "failing", status: "open", firstVersion: 1 }])
    await problem(await send("GET", "/errors?status=gone"), 400)
    await problem(await send("GET", "/errors?code=FN_999"), 400)
  })

  contract("getError", "gives one of them", async () => {
    const { items } = await json(await send("GET", "/errors"))
    expect(await json(await send("GET", `/errors/${items[0].id}`))).toMatchObject({ id: items[0].id })
    await problem(await send("GET", "/errors/missing"), 404, "FN_001")
  })

  contract("resolveError", "says that it is mended", async () => {
    const { items } = await json(await send("GET", "/errors"))
    const resolved = await json(await send("POST", `/errors/${items[0].id}/resolve`))
    expect(resolved).toMatchObject({ status: "resolved", resolvedBy: expect.any(String) })
    await problem(await send("POST", "/errors/missing/resolve"), 404, "FN_001")
  })

  contract("reopenError", "says that it is not", async () => {
    const { items } = await json(await send("GET", "/errors?status=resolved"))
    expect(await json(await send("POST", `/errors/${items[0].id}/reopen`))).toMatchObject({ status: "open" })
    await problem(await send("POST", "/errors/missing/reopen"), 404, "FN_001")
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

describe("what was measured", () => {
  contract("queryMetrics", "gives points in steps and pages", async () => {
    const key = "key=function.errors"
    const page = await json(await send("GET", `/metrics/query?${key}&function=failing&step=1d&range=1h`))
    expect(page.items.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(1)
    expect(page.items[0]).toMatchObject({ mean: 1, variance: 0, p99: 1 })
    service.metrics.record([{ key: "orders", value: 2, dimensions: { room: "a:b" } }])
    const orders = await json(await send("GET", "/metrics/query?key=orders&dimension=room:a:b&limit=1"))
    expect(orders.items).toMatchObject([{ count: 1, sum: 2 }])
    expect((await json(await send("GET", "/metrics/query?key=orders&dimension=room:a"))).items).toEqual([])
    expect((await json(await send("GET", "/metrics/query?key=orders&from=2&to=1"))).items).toEqual([])
    expect((await problem(await send("GET", "/metrics/query"), 400)).detail).toContain("key")
    expect((await problem(await send("GET", `/metrics/query?${key}&step=30s`), 400)).detail).toContain("step")
    expect((await problem(await send("GET", `/metrics/query?${key}&cursor=x`), 400)).detail).toContain("cursor")
    await problem(await send("GET", `/metrics/query?${key}&dimension=x`), 400)
    await problem(await send("GET", "/metrics/query?key=nothing"), 404, "FN_001")
    await problem(await send("GET", `/metrics/query?${key}&function=missing`), 404, "FN_001")
  })

  contract("getReport", "reports on a month", async () => {
    const report = await json(await send("GET", "/functions/failing/report"))
    expect(report).toMatchObject({ name: "failing", total: { invocations: 1, errorRate: { average: 1 } } })
    expect(report.days).toHaveLength(1)
    const old = await json(await send("GET", "/functions/failing/report?month=2020-02"))
    expect(old).toMatchObject({
      month: "2020-02",
      days: [],
      before: { month: "2020-01" },
      trend: { invocations: null },
    })
    await problem(await send("GET", "/functions/failing/report?month=2020-13"), 400)
    await problem(await send("GET", "/functions/missing/report"), 404, "FN_001")
  })

  contract("getPrometheus", "gives counters as text", async () => {
    const response = await send("GET", "/metrics/prometheus")
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
    expect(await response.text()).toContain('inlay_function_errors_total{function="failing"} 1\n')
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
    await problem(await send("POST", "/functions/double/enqueue?delayMs=1&delayMs=60000", { json: 1 }), 400)
    const mistyped = await problem(await send("POST", "/functions/double/enqueue?delay=60000", { json: 1 }), 400)
    expect(mistyped.issues).toEqual([{ path: "delay", message: "is not known here" }])
  })

  contract("sendMessage", "accepts a message for those that consume its queue", async () => {
    const headers = { "idempotency-key": "m1" }
    const sent = await send("POST", "/queues/emails/messages?delayMs=60000", { json: { to: 7 }, headers })
    const message = await json(sent, 202)
    expect(sent.headers.get("location")).toBe(`/messages/${message.id}`)
    expect(message).toMatchObject({ queue: "emails", body: { to: 7 }, status: "queued" })
    await problem(await send("POST", "/queues/emails/messages", { json: { to: 8 }, headers }), 422, "FN_006")
    await problem(await send("POST", "/queues/emails/messages?delayMs=soon", { json: 1 }), 400)
    await problem(await send("POST", "/queues/emails/messages?priority=1", { json: 1 }), 400)
  })

  contract("getMessage", "shows what a message brought", async () => {
    const triggers = [{ type: "queue" as const, queue: "shown" }]
    await service.deploy({ name: "shows", source: "export default ({ body }) => body", config: { triggers } })
    const { id } = await json(await send("POST", "/queues/shown/messages", { json: "hello" }), 202)
    const message = await ended(`/messages/${id}`)
    expect(message).toMatchObject({ status: "delivered", firings: [{ outcome: "queued" }] })
    expect(await ended(`/invocations/${message.firings[0].jobId}`)).toMatchObject({ output: "hello" })
    await problem(await send("GET", "/messages/none"), 404, "FN_001")
    await service.remove("shows")
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
    const id = await failing(-7)
    for (const query of ["functoin=other", "limit=1", "cursor=a", "from=2026-01-01"])
      await problem(await send("DELETE", `/dead-letters?${query}`), 400)
    expect((await send("GET", `/dead-letters/${id}`)).status).toBe(200)
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
    const start = (input: unknown, query = "") =>
      send("POST", `/pipelines/${approving.name}/start${query}`, { json: input, headers: { "idempotency-key": "s1" } })
    const { id } = await json(await start(1), 202)
    expect(await json(await start(1, "?idempotencyTtlMs=60000"), 202)).toMatchObject({ id })
    await problem(await start(2), 422, "FN_006")
    await problem(await start(1, "?idempotencyTtlMs=soon"), 400)
    await problem(await start(1, "?delayMs=60000"), 400)
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

  contract("getPipelineGraph", "draws a pipeline", async () => {
    await waiting()
    const response = await send("GET", "/pipelines/approving/graph")
    expect(response.headers.get("content-type")).toBe("text/vnd.mermaid; charset=utf-8")
    expect(await response.text()).toMatch(/^flowchart TD\n/)
    await problem(await send("GET", "/pipelines/none/graph"), 404, "FN_001")
  })

  contract("getPipelineRunGraph", "draws a run, coloured", async () => {
    const id = await waiting()
    expect(await (await send("GET", `/pipeline-runs/${id}/graph`)).text()).toMatch(/class n\d+ waiting\n/)
    await problem(await send("GET", "/pipeline-runs/none/graph"), 404, "FN_001")
  })

  contract("getPipelineRunProvenance", "tells what a run was made of", async () => {
    const id = await waiting()
    const { input, steps, run } = await json(await send("GET", `/pipeline-runs/${id}/provenance`))
    expect([input, steps[0].function, run.id]).toEqual([{ values: [1] }, "double@1", id])
    await problem(await send("GET", "/pipeline-runs/none/provenance"), 404, "FN_001")
  })
})

describe("the triggers", () => {
  const declared = async (query = "") => (await json(await send("GET", `/triggers${query}`))).items
  const first = async () => `/triggers/${(await declared("?type=schedule"))[0].id}`

  contract("listTriggers", "lists them by type and target, without their secrets", async () => {
    const schedule = { type: "schedule", cron: "0 3 * * *", input: 2 }
    const webhook = { type: "webhook", path: "/in", secret: "hush" }
    await json(await send("PATCH", "/functions/greet", { json: { triggers: [schedule, webhook] } }))
    const pipeline = {
      name: "nightly",
      steps: [{ function: "greet" }],
      triggers: [{ ...schedule, timeZone: "Europe/Berlin" }],
    }
    expect((await json(await send("POST", "/pipelines", { json: pipeline }), 201)).triggers).toEqual([
      { ...schedule, timezone: "Europe/Berlin" },
    ])
    expect(await declared()).toHaveLength(3)
    expect(await declared("?type=webhook")).toMatchObject([{ configuration: { type: "webhook", path: "/in" } }])
    expect(JSON.stringify(await declared())).not.toContain("hush")
    expect(await declared("?function=greet&limit=1")).toMatchObject([{ name: "schedule", target: { name: "greet" } }])
    expect(await declared("?pipeline=nightly")).toMatchObject([{ target: { kind: "pipeline", name: "nightly" } }])
    await problem(await send("GET", "/triggers?type=http"), 400)
    await problem(await send("GET", "/triggers?function=missing"), 404, "FN_001")
    await problem(await send("GET", "/triggers?pipeline=missing"), 404, "FN_001")
    const route = { ...pipeline, triggers: [{ type: "http", path: "/x" }] }
    await problem(await send("POST", "/pipelines", { json: route }), 422, "FN_006")
  })

  contract("getTrigger", "gets one", async () => {
    expect(await json(await send("GET", await first()))).toMatchObject({ name: "schedule", status: "active" })
    await problem(await send("GET", "/triggers/none"), 404, "FN_001")
  })

  contract("pauseTrigger", "has it fire no more", async () => {
    expect(await json(await send("POST", `${await first()}/pause`))).toMatchObject({ status: "paused", nextAt: null })
    await problem(await send("POST", "/triggers/none/pause"), 404, "FN_001")
  })

  contract("fireTrigger", "fires it on trial, also while it is paused", async () => {
    const firing = await json(await send("POST", `${await first()}/fire`, { json: { event: "you" } }))
    expect(firing).toMatchObject({ cause: "test", event: "you", outcome: "queued" })
    expect(await json(await send("GET", `/invocations/${firing.jobId}`))).toMatchObject({ name: "greet" })
    const own = await json(await send("POST", `${await first()}/fire`))
    expect(own.event).toMatchObject({ type: "schedule", cron: "0 3 * * *", input: 2 })
    await problem(await send("POST", `${await first()}/fire`, { json: { evnt: 1 } }), 422, "FN_006")
    await problem(await send("POST", "/triggers/none/fire"), 404, "FN_001")
  })

  contract("resumeTrigger", "has it fire again", async () => {
    expect(await json(await send("POST", `${await first()}/resume`))).toMatchObject({ status: "active" })
    await problem(await send("POST", "/triggers/none/resume"), 404, "FN_001")
  })

  contract("listFirings", "lists what it fired", async () => {
    const { items, next } = await json(await send("GET", `${await first()}/firings?limit=1`))
    expect(items).toMatchObject([{ cause: "test", event: { type: "schedule" } }])
    expect(next).toBe(items[0].id)
    await problem(await send("GET", "/triggers/none/firings"), 404, "FN_001")
  })

  contract("replayFiring", "fires again with the same event", async () => {
    const { items } = await json(await send("GET", `${await first()}/firings`))
    const [, { id, event }] = items
    const again = await json(await send("POST", `${await first()}/firings/${id}/replay`))
    expect(again).toMatchObject({ cause: "replay", originId: id, event, outcome: "queued" })
    await problem(await send("POST", `${await first()}/firings/none/replay`), 404, "FN_001")
    await problem(await send("POST", `/triggers/none/firings/${id}/replay`), 404, "FN_001")
  })
})

describe("events", () => {
  const event = { specversion: "1.0", id: "1", source: "/shop", type: "order.paid" }

  contract("publishEvents", "takes every mode of CloudEvents, and plain JSON", async () => {
    const type = "application/cloudevents+json; charset=utf-8"
    const one = await send("POST", "/events", { body: JSON.stringify(event), headers: { "content-type": type } })
    const { ids, items } = await json(one.clone(), 202)
    expect(one.headers.get("location")).toBe(`/events/${ids[0]}`)
    expect(items).toEqual([{ id: ids[0], duplicate: false, event: { id: "1", source: "/shop", type: "order.paid" } }])
    const batch = await send("POST", "/events", {
      body: JSON.stringify([event, { ...event, id: "2" }]),
      headers: { "content-type": "application/cloudevents-batch+json" },
    })
    expect((await json(batch, 202)).items).toMatchObject([{ id: ids[0], duplicate: true }, { duplicate: false }])
    const headers = { "ce-specversion": "1.0", "ce-id": "3", "ce-source": "/shop", "ce-type": "order.paid" }
    const binary = await send("POST", "/events", { body: "a,b", headers: { ...headers, "content-type": "text/csv" } })
    const { ids: binaryIds } = await json(binary, 202)
    expect((await json(await send("GET", `/events/${binaryIds[0]}`))).event).toMatchObject({
      datacontenttype: "text/csv",
      data: "a,b",
    })
    expect((await json(await send("POST", "/events", { json: { type: "plain" } }), 202)).ids).toHaveLength(1)
    const none = await send("POST", "/events", {
      body: "[]",
      headers: { "content-type": "application/cloudevents-batch+json" },
    })
    expect(await json(none, 202)).toEqual({ ids: [], items: [] })
  })

  it("POST /events refuses what is no event, of a foreign format or too large, and publishes nothing of it", async () => {
    const { issues } = await problem(await send("POST", "/events", { json: [{ type: "refused" }, {}] }), 422, "FN_006")
    expect(issues[0].path).toBe("1.type")
    await problem(
      await send("POST", "/events", { body: "x", headers: { "content-type": "text/plain" } }),
      422,
      "FN_006",
    )
    await problem(await send("POST", "/events", {}), 422, "FN_006")
    const avro = { "content-type": "application/cloudevents+avro" }
    await problem(await send("POST", "/events", { body: "x", headers: avro }), 415)
    await problem(await send("POST", "/events", { json: { type: "a", data: "x".repeat(1_100_000) } }), 413)
    await problem(await send("POST", "/events", { json: Array.from({ length: 1001 }, () => ({ type: "a" })) }), 413)
    expect((await json(await send("GET", "/events?type=refused"))).items).toEqual([])
  })

  contract("listEvents", "lists them by type, newest first", async () => {
    const { items } = await json(await send("GET", "/events?type=order.paid"))
    expect(items.map(({ event: { id } }: { event: { id: string } }) => id)).toEqual(["3", "2", "1"])
    await problem(await send("GET", "/events?status=lost"), 400)
  })

  contract("getEvent", "tells what its delivery came to", async () => {
    const { items } = await json(await send("GET", "/events?type=plain"))
    for (;;) {
      const found = await json(await send("GET", `/events/${items[0].id}`))
      if (found.status === "queued" || found.status === "running") continue
      expect(found).toMatchObject({ status: "delivered", resumed: 0, fired: 0, firings: [] })
      break
    }
    await problem(await send("GET", "/events/none"), 404, "FN_001")
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

describe("ingestion", () => {
  contract("createSource", "adds a source, or says what is wrong with it", async () => {
    const input = { name: "probe", dimensions: { room: "1" }, keys: { "cpu *": "host.*" } }
    const created = await send("POST", "/ingest/sources", { json: input })
    expect(created.headers.get("location")).toBe("/ingest/sources/probe")
    expect(await json(created, 201)).toMatchObject({ ...input, enabled: true })
    const taken = await problem(await send("POST", "/ingest/sources", { json: input }), 422, "FN_006")
    expect(taken.issues).toEqual([{ path: "name", message: 'is that of another source: "probe"' }])
    await problem(await send("POST", "/ingest/sources", { json: { name: "a b" } }), 422, "FN_006")
  })

  contract("listSources", "lists them", async () => {
    expect(await json(await send("GET", "/ingest/sources"))).toMatchObject({ items: [{ name: "probe" }] })
  })

  contract("getSource", "gives one", async () => {
    expect(await json(await send("GET", "/ingest/sources/probe"))).toMatchObject({ name: "probe" })
    await problem(await send("GET", "/ingest/sources/missing"), 404, "FN_001")
  })

  contract("ingestPoints", "takes what is valid, and says what is not and why", async () => {
    const points = [
      { key: "cpu load", value: 1 },
      { key: "cpu load", value: "1" },
      { key: "a b", value: 1 },
    ]
    const options = { json: { points, source: "probe" }, headers: { "idempotency-key": "one" } }
    const taken = await json(await send("POST", "/ingest", options))
    expect(taken).toEqual({
      accepted: 1,
      duplicates: [],
      rejected: [
        { index: 1, path: "value", message: "must be a finite number" },
        { index: 2, path: "key", message: expect.stringContaining("must begin with a letter") },
      ],
      deadLetterId: expect.any(String),
    })
    expect(await json(await send("POST", "/ingest", options))).toEqual(taken)
    const other = { ...options, json: { points: [{ key: "x", value: 1 }] } }
    const refused = await problem(await send("POST", "/ingest", other), 422, "FN_006")
    expect(refused.issues).toEqual([{ path: "idempotencyKey", message: "belongs to another batch" }])
    const found = await json(await send("GET", "/metrics/query?key=host.load&dimension=room:1"))
    expect(found.items).toMatchObject([{ count: 1, sum: 1 }])
    // Too large for a number, so that JSON makes it infinite.
    const infinite = '{"points":[{"key":"x","value":1e999},{"key":"y","value":2}]}'
    const sent = await send("POST", "/ingest", { body: infinite, headers: { "content-type": "application/json" } })
    expect(await json(sent)).toMatchObject({ accepted: 1, rejected: [{ index: 0, path: "value" }] })
    await problem(await send("POST", "/ingest", { json: { points: [] } }), 422, "FN_006")
    await problem(await send("POST", "/ingest", { json: [] }), 422, "FN_006")
    await problem(await send("POST", "/ingest"), 400)
    await problem(await send("POST", "/ingest", { json: { points, source: "missing" } }), 404, "FN_001")
  })

  contract("replaceSource", "puts another in its place", async () => {
    const replaced = await send("PUT", "/ingest/sources/probe", { json: { enabled: false } })
    expect(await json(replaced)).toMatchObject({ name: "probe", enabled: false, dimensions: {}, keys: {} })
    await problem(await send("PUT", "/ingest/sources/missing", { json: {} }), 404, "FN_001")
    await problem(await send("PUT", "/ingest/sources/probe", { json: { enabled: "no" } }), 422, "FN_006")
  })

  contract("removeSource", "removes one", async () => {
    expect((await send("DELETE", "/ingest/sources/probe")).status).toBe(204)
    await problem(await send("DELETE", "/ingest/sources/probe"), 404, "FN_001")
  })
})

describe("traces", () => {
  const begin = async () => (await service.run("double", { n: 2 })).traceId

  contract("listTraces", "lists them, newest first", async () => {
    const traceId = await begin()
    const { items } = await json(await send("GET", "/traces?function=double&range=1h&minDurationMs=0&limit=1"))
    expect(items).toMatchObject([{ traceId, kind: "invocation", name: "double" }])
    expect(await json(await send("GET", "/traces?from=5&to=5"))).toEqual({ items: [], next: null })
    await problem(await send("GET", "/traces?status=odd"), 400)
    await problem(await send("GET", "/traces?minDurationMs=-1"), 400)
    await problem(await send("GET", "/traces?function=missing"), 404, "FN_001")
  })

  contract("getTrace", "gives one with its spans", async () => {
    const traceId = await begin()
    const trace = await json(await send("GET", `/traces/${traceId}`))
    expect(trace).toMatchObject({ traceId, roots: [{ kind: "invocation", name: "double", parentSpanId: null }] })
    await problem(await send("GET", "/traces/missing"), 404, "FN_001")
  })

  contract("listSlowestPaths", "tells where traces take their time", async () => {
    const found = await json(await send("GET", "/traces/slowest?function=double&range=1h&limit=1"))
    expect(found).toMatchObject({ complete: true, items: [{ path: expect.any(Array), traceId: expect.any(String) }] })
    expect(await json(await send("GET", "/traces/slowest?from=5&to=5"))).toMatchObject({ items: [] })
    await problem(await send("GET", "/traces/slowest?limit=0"), 400)
  })

  contract("listDependencies", "tells who calls whom", async () => {
    const { items } = await json(await send("GET", "/traces/dependencies?range=1h"))
    expect(items).toContainEqual(expect.objectContaining({ to: { kind: "function", name: "double" } }))
    expect(await json(await send("GET", "/traces/dependencies?from=5&to=5"))).toMatchObject({ items: [] })
    await problem(await send("GET", "/traces/dependencies?range=soon"), 400)
  })
})

describe("anomalies", () => {
  contract("listAnomalies", "lists none where nothing was unusual", async () => {
    const path = "/anomalies?function=double&key=function.errors&severity=high&expected=false&range=1h"
    expect(await json(await send("GET", path))).toEqual({ items: [], next: null })
    await problem(await send("GET", "/anomalies?severity=odd"), 400)
    await problem(await send("GET", "/anomalies?function=missing"), 404, "FN_001")
  })

  contract("getAnomaly", "gives what was found, to its organisation alone, or says where there is none", async () => {
    const until = Date.now() + 60_000
    await storage.anomalies.lead("test", Date.now(), until)
    const found = [
      { anomaly: sampleAnomaly("default", "unusual"), subject: "room" },
      { anomaly: sampleAnomaly("other", "theirs"), subject: "room" },
    ]
    await storage.anomalies.advance({ owner: "test", from: null, to: 0, until, found, completed: [], states: [] })
    await storage.anomalies.release("test")
    expect(await json(await send("GET", "/anomalies/unusual"))).toEqual(found[0]?.anomaly)
    for (const [method, path] of [
      ["GET", "/anomalies/theirs"],
      ["POST", "/anomalies/theirs/expect"],
      ["POST", "/anomalies/theirs/unexpect"],
    ] as const) {
      await problem(await send(method, path), 404, "FN_001")
    }
    await problem(await send("GET", "/anomalies/missing"), 404, "FN_001")
  })

  contract(
    "expectAnomaly",
    "marks it as expected by whoever asks, with a reason or without, or says where there is none",
    async () => {
      const expected = { actor: expect.any(String), at: expect.any(Number), reason: "import" }
      const marked = await json(await send("POST", "/anomalies/unusual/expect", { json: { reason: "import" } }))
      expect(marked).toEqual({ ...sampleAnomaly("default", "unusual"), expected })
      expect(await json(await send("GET", "/anomalies?expected=true"))).toEqual({ items: [marked], next: null })
      expect(await json(await send("GET", "/anomalies?expected=false"))).toEqual({ items: [], next: null })
      const again = await json(await send("POST", "/anomalies/unusual/expect"))
      expect(again.expected).toMatchObject({ reason: null })
      const tooLong = { json: { reason: "x".repeat(1001) } }
      await problem(await send("POST", "/anomalies/unusual/expect", tooLong), 422, "FN_006")
      await problem(await send("POST", "/anomalies/missing/expect", { json: { reason: "import" } }), 404, "FN_001")
    },
  )

  contract("unexpectAnomaly", "takes the mark away, once or twice, or says where there is none", async () => {
    for (let time = 0; time < 2; time++) {
      const unmarked = await json(await send("POST", "/anomalies/unusual/unexpect"))
      expect(unmarked).toEqual(sampleAnomaly("default", "unusual"))
    }
    expect((await json(await send("GET", "/anomalies?expected=false"))).items).toHaveLength(1)
    await problem(await send("POST", "/anomalies/missing/unexpect"), 404, "FN_001")
  })

  contract("setAnomalySettings", "sets how a function is watched, or says what is wrong", async () => {
    const set = await send("PUT", "/anomalies/settings?function=double", { json: { sensitivity: 0.7 } })
    expect(await json(set)).toMatchObject({ enabled: true, sensitivity: 0.7, context: { before: 60 } })
    await problem(await send("PUT", "/anomalies/settings", { json: { sensitivity: 2 } }), 422, "FN_006")
  })

  contract("getAnomalySettings", "gives how it is watched", async () => {
    expect(await json(await send("GET", "/anomalies/settings?function=double"))).toMatchObject({ sensitivity: 0.7 })
    expect(await json(await send("GET", "/anomalies/settings"))).toMatchObject({ sensitivity: 0.5 })
  })
})

describe("alerts", () => {
  const failures = { name: "Failures", condition: { type: "failure" } }
  let rule: { readonly id: string }

  contract("createAlertRule", "adds a rule, or says what is wrong with it", async () => {
    const created = await send("POST", "/alerts/rules", { json: failures })
    rule = await json(created.clone(), 201)
    expect(created.headers.get("location")).toBe(`/alerts/rules/${rule.id}`)
    expect(rule).toMatchObject({ ...failures, function: null, severity: "high", channels: null, enabled: true })
    const taken = await problem(await send("POST", "/alerts/rules", { json: failures }), 422, "FN_006")
    expect(taken.issues).toEqual([{ path: "name", message: '"Failures" is taken' }])
    await problem(await send("POST", "/alerts/rules", { json: { ...failures, severity: "bad" } }), 422, "FN_006")
    await problem(
      await send("POST", "/alerts/rules", { json: { ...failures, name: "x", channels: ["no"] } }),
      422,
      "FN_006",
    )
  })

  contract("listAlertRules", "lists them", async () => {
    const { items } = await json(await send("GET", "/alerts/rules"))
    expect(items.filter(({ isDefault }: { readonly isDefault: boolean }) => !isDefault)).toEqual([rule])
  })

  contract("getAlertRule", "gives one", async () => {
    expect(await json(await send("GET", `/alerts/rules/${rule.id}`))).toEqual(rule)
    await problem(await send("GET", "/alerts/rules/missing"), 404, "FN_001")
  })

  contract("replaceAlertRule", "puts another in its place", async () => {
    const replaced = await json(
      await send("PUT", `/alerts/rules/${rule.id}`, { json: { ...failures, severity: "low" } }),
    )
    expect(replaced).toMatchObject({ id: rule.id, severity: "low" })
    await problem(await send("PUT", "/alerts/rules/missing", { json: failures }), 404, "FN_001")
  })

  contract("listAlerts", "lists what the rules found", async () => {
    await service.deploy({ name: "broken", source: "export default () => { throw new Error('no') }" })
    await service.run("broken")
    const { items } = await json(await send("GET", `/alerts?status=firing&function=broken&rule=${rule.id}`))
    expect(items).toMatchObject([{ function: "broken", severity: "low", status: "firing" }])
    expect(await json(await send("GET", "/alerts?function=double"))).toEqual({ items: [], next: null })
    await problem(await send("GET", "/alerts?status=odd"), 400)
  })

  const open = async () => (await service.alerts.list({ function: "broken" })).items[0]?.id ?? ""

  contract("getAlert", "gives one", async () => {
    expect(await json(await send("GET", `/alerts/${await open()}`))).toMatchObject({ function: "broken" })
    await problem(await send("GET", "/alerts/missing"), 404, "FN_001")
  })

  contract("acknowledgeAlert", "says who looks after it", async () => {
    const acknowledged = await json(await send("POST", `/alerts/${await open()}/acknowledge`))
    expect(acknowledged).toMatchObject({ status: "acknowledged", acknowledgedBy: expect.any(String) })
    await problem(await send("POST", "/alerts/missing/acknowledge"), 404, "FN_001")
  })

  contract("resolveAlert", "says that it is over", async () => {
    const id = await open()
    expect(await json(await send("POST", `/alerts/${id}/resolve`))).toMatchObject({ status: "resolved" })
    await problem(await send("POST", `/alerts/${id}/acknowledge`), 422, "FN_006")
  })

  let silence: { readonly id: string }
  contract("createAlertSilence", "has alerts told to nobody", async () => {
    const until = Date.now() + 60_000
    silence = await json(await send("POST", "/alerts/silences", { json: { until, reason: "maintenance" } }), 201)
    expect(silence).toMatchObject({ ruleId: null, function: null, until, reason: "maintenance" })
    await problem(await send("POST", "/alerts/silences", { json: { until: 1, reason: "past" } }), 422, "FN_006")
  })

  contract("listAlertSilences", "lists them", async () => {
    expect(await json(await send("GET", "/alerts/silences"))).toEqual({ items: [silence] })
  })

  contract("removeAlertSilence", "ends one", async () => {
    expect((await send("DELETE", `/alerts/silences/${silence.id}`)).status).toBe(204)
    await problem(await send("DELETE", `/alerts/silences/${silence.id}`), 404, "FN_001")
  })

  contract("removeAlertRule", "removes one", async () => {
    expect((await send("DELETE", `/alerts/rules/${rule.id}`)).status).toBe(204)
    await problem(await send("DELETE", "/alerts/rules/default-errors"), 422, "FN_006")
    await problem(await send("DELETE", `/alerts/rules/${rule.id}`), 404, "FN_001")
  })
})

describe("forecasts", () => {
  const ask = { key: "visits", step: "1m", horizon: 2 }
  let made: { readonly id: string }
  const hourly = { name: "Visits", every: "hourly", ...ask }
  let schedule: { readonly id: string }

  contract("makeForecast", "forecasts what was measured, or says what it cannot", async () => {
    await problem(await send("POST", "/forecasts", { json: ask }), 404, "FN_001")
    const begin = Math.floor(Date.now() / 60_000) * 60_000 - 30 * 60_000
    service.metrics.record(
      Array.from({ length: 30 }, (_, index) => ({ key: "visits", value: 3, at: begin + index * 60_000 })),
    )
    const answer = await send("POST", "/forecasts", { json: ask })
    made = await json(answer.clone(), 201)
    expect(answer.headers.get("location")).toBe(`/forecasts/${made.id}`)
    expect(made).toMatchObject({ ...ask, backend: "combined", points: [{ value: 3 }, { value: 3 }] })
    const refused = await problem(await send("POST", "/forecasts", { json: { ...ask, horizon: 721 } }), 422, "FN_006")
    expect(refused.issues).toMatchObject([{ path: "horizon" }])
  })

  contract("listForecasts", "lists them without their points", async () => {
    const { items } = await json(await send("GET", "/forecasts?key=visits&backend=combined&limit=1"))
    expect(items).toMatchObject([{ id: made.id, horizon: 2 }])
    expect(items[0]).not.toHaveProperty("points")
    expect(await json(await send("GET", "/forecasts?key=none"))).toEqual({ items: [], next: null })
    await problem(await send("GET", "/forecasts?function=missing"), 404, "FN_001")
  })

  contract("getForecast", "gives one", async () => {
    expect(await json(await send("GET", `/forecasts/${made.id}`))).toMatchObject({ id: made.id, points: [{}, {}] })
    await problem(await send("GET", "/forecasts/missing"), 404, "FN_001")
  })

  contract("evaluateForecast", "says that nothing is over yet", async () => {
    await problem(await send("GET", `/forecasts/${made.id}/evaluation`), 422, "FN_006")
    await problem(await send("GET", "/forecasts/missing/evaluation"), 404, "FN_001")
  })

  contract("listForecastBackends", "lists who may be asked", async () => {
    const { items } = await json(await send("GET", "/forecasts/backends"))
    expect(items.map(({ name }: { name: string }) => name)).toEqual([
      ...["combined", "exponential-smoothing", "seasonal-naive"],
    ])
  })

  contract("getForecastAccuracy", "tells how good those were that are over", async () => {
    expect(await json(await send("GET", "/forecasts/accuracy?range=1h&key=visits"))).toEqual({ items: [] })
    await problem(await send("GET", "/forecasts/accuracy?range=often"), 400)
  })

  contract("createForecastSchedule", "has one made again and again", async () => {
    const created = await send("POST", "/forecasts/schedules", { json: hourly })
    schedule = await json(created.clone(), 201)
    expect(created.headers.get("location")).toBe(`/forecasts/schedules/${schedule.id}`)
    expect(schedule).toMatchObject({ name: "Visits", every: "hourly", request: ask, status: "active" })
    const taken = await problem(await send("POST", "/forecasts/schedules", { json: hourly }), 422, "FN_006")
    expect(taken.issues).toEqual([{ path: "name", message: '"Visits" is taken' }])
    const often = { ...hourly, name: "x", every: "* * * * * *" }
    await problem(await send("POST", "/forecasts/schedules", { json: often }), 422, "FN_006")
  })

  contract("listForecastSchedules", "lists them", async () => {
    expect(await json(await send("GET", "/forecasts/schedules"))).toEqual({ items: [schedule] })
  })

  contract("getForecastSchedule", "gives one", async () => {
    expect(await json(await send("GET", `/forecasts/schedules/${schedule.id}`))).toEqual(schedule)
    await problem(await send("GET", "/forecasts/schedules/missing"), 404, "FN_001")
  })

  contract("listForecastRuns", "lists the one that is to come", async () => {
    const { items } = await json(await send("GET", `/forecasts/schedules/${schedule.id}/runs?limit=5`))
    expect(items).toMatchObject([{ status: "pending", scheduleId: schedule.id }])
    await problem(await send("GET", "/forecasts/schedules/missing/runs"), 404, "FN_001")
  })

  contract("retryForecastRun", "says that nothing has failed", async () => {
    const path = `/forecasts/schedules/${schedule.id}/runs`
    const [{ id }] = (await json(await send("GET", path))).items
    await problem(await send("POST", `${path}/${id}/retry`), 422, "FN_006")
    await problem(await send("POST", `${path}/missing/retry`), 404, "FN_001")
  })

  contract("pauseForecastSchedule", "makes no more", async () => {
    const paused = await json(await send("POST", `/forecasts/schedules/${schedule.id}/pause`))
    expect(paused).toMatchObject({ status: "paused", nextAt: null })
    await problem(await send("POST", "/forecasts/schedules/missing/pause"), 404, "FN_001")
  })

  contract("resumeForecastSchedule", "goes on", async () => {
    const resumed = await json(await send("POST", `/forecasts/schedules/${schedule.id}/resume`))
    expect(resumed).toMatchObject({ status: "active", nextAt: expect.any(Number) })
    await problem(await send("POST", "/forecasts/schedules/missing/resume"), 404, "FN_001")
  })

  contract("removeForecastSchedule", "removes one", async () => {
    expect((await send("DELETE", `/forecasts/schedules/${schedule.id}`)).status).toBe(204)
    await problem(await send("DELETE", `/forecasts/schedules/${schedule.id}`), 404, "FN_001")
  })
})

describe("accounts at other services", () => {
  const authorize = (body?: object) =>
    send("POST", "/connections/acme/authorize", body === undefined ? {} : { json: body })

  contract("listConnections", "lists the providers", async () => {
    expect(await json(await send("GET", "/connections"))).toMatchObject({
      items: [{ provider: "acme", status: "disconnected", account: null }],
    })
  })

  contract("authorizeConnection", "gives the provider's page, and a cookie", async () => {
    const begun = await authorize()
    expect(begun.headers.getSetCookie()).toEqual([expect.stringContaining("; Secure")])
    expect(await json(begun)).toMatchObject({ callbackUrl: "https://app.example.com/api/connections/acme/callback" })
    await problem(await authorize({ returnTo: "https://evil.example" }), 422, "FN_006")
    await problem(await send("POST", "/connections/missing/authorize"), 404, "FN_001")
  })

  contract("finishConnection", "tells what came of it, or sends the browser on", async () => {
    const refuse = async (body: object) => {
      const begun = await authorize(body)
      const [cookie = ""] = (begun.headers.getSetCookie()[0] ?? "").split(";")
      const state = new URL((await json(begun)).url).searchParams.get("state")
      return send("GET", `/connections/acme/callback?error=access_denied&state=${state}`, { headers: { cookie } })
    }
    expect(await json(await refuse({}))).toMatchObject({ error: "access_denied", connection: { provider: "acme" } })
    const sent = await refuse({ returnTo: "/settings" })
    expect([sent.status, sent.headers.get("location")]).toEqual([
      303,
      "https://app.example.com/settings?connection=acme&error=access_denied",
    ])
    await problem(await send("GET", "/connections/acme/callback?state=x&code=y"), 403, "FN_009")
  })

  contract("removeConnection", "disconnects", async () => {
    await problem(await send("DELETE", "/connections/acme"), 404, "FN_001")
    const account = { status: "connected" as const, account: null, scopes: [], sealed: "", expiresAt: null }
    const times = { connectedAt: 1, updatedAt: 1 }
    await storage.connections.save({ organisation: "default", provider: "acme", ...account, ...times })
    expect((await send("DELETE", "/connections/acme")).status).toBe(204)
  })
})

it("every operation has a contract test", () => {
  expect([...covered].sort()).toEqual(Object.keys(accessTable).sort())
})
