import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { FunctionsService } from "../../src/service/functions.ts"
import { faceFor, openFace, type Send, startService } from "./support.ts"

let service: FunctionsService
let invocation = ""
let run = ""

beforeAll(async () => {
  service = await startService()
  const source = "export default () => {\n  throw new Error('no')\n}"
  const triggers = [{ type: "http", path: "/failing" }] as const
  await service.deploy({ name: "failing", source, config: { triggers } })
  await service.pipelines.define({ name: "failing", steps: [{ kind: "function", name: "one", function: "failing" }] })
  invocation = (await service.run("failing")).id
  run = (await service.pipelines.run("failing")).id
})

afterAll(() => service.close())

const line = "throw new Error('no')"
const textOf = async (send: Send, method: string, path: string) => (await send(method, path)).text()

describe("lines of a function's source", () => {
  it("are for callers who may deploy", async () => {
    for (const scopes of [["write"], ["admin"], ["*"]] as const) {
      expect(await textOf(faceFor(service, scopes), "POST", "/functions/failing/invoke")).toContain(line)
      expect(await textOf(faceFor(service, scopes), "GET", "/failing")).toContain(line)
      expect(await textOf(faceFor(service, scopes), "POST", "/pipelines/failing/run")).toContain(line)
    }
    for (const path of [`/invocations/${invocation}`, "/invocations", `/pipeline-runs/${run}`]) {
      expect(await textOf(faceFor(service, ["read", "write"]), "GET", path), path).toContain(line)
    }
  })

  it("are for nobody who only reads, or only calls", async () => {
    const reader = faceFor(service, ["read"])
    const paths = [`/invocations/${invocation}`, "/invocations", `/pipeline-runs/${run}`, "/pipelines/failing/runs"]
    for (const path of paths) {
      const text = await textOf(reader, "GET", path)
      expect(text, path).toMatch(/"stack":" {4}at \S+ \(index\.\w+:2:\d+\)"/)
      expect(text, path).not.toContain("throw new")
    }
    const visitor = openFace(service, {})
    for (const [method, path] of [
      ["POST", "/functions/failing/invoke"],
      ["POST", "/pipelines/failing/run"],
      ["GET", "/failing"],
    ] as const) {
      const response = await visitor(method, path)
      const text = await response.text()
      expect([200, 500]).toContain(response.status)
      expect(text, path).toContain("FN_004")
      expect(text, path).not.toContain("throw new")
    }
  })
})

describe("a near name", () => {
  const detail = async (send: Send, path: string) =>
    ((await (await send("POST", path)).json()) as { detail: string }).detail

  it("is told to callers who may list the functions, and to no other", async () => {
    for (const path of ["/functions/faling/invoke", "/functions/faling/run", "/functions/faling@2/invoke"]) {
      expect(await detail(faceFor(service, ["read", "write"]), path)).toContain('(did you mean "failing"?)')
      expect(await detail(faceFor(service, ["write"]), path)).toMatch(/no function has this name or id\.$/)
      expect(await detail(openFace(service, {}), path)).toMatch(/no function has this name or id\.$/)
      expect(await detail(faceFor(service, ["read", "write"], "other"), path)).not.toContain("mean")
    }
  })
})

describe("the hash of a function's variables", () => {
  it("is for callers who may read the variables", async () => {
    const path = `/pipeline-runs/${run}/provenance`
    expect(await textOf(faceFor(service, ["read", "write"]), "GET", path)).toContain("environmentHash")
    const text = await textOf(faceFor(service, ["read"]), "GET", path)
    expect(text).toContain("contentHash")
    expect(text).not.toContain("environmentHash")
  })
})
