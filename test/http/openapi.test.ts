import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { accessTable } from "../../src/http/access-table.ts"
import { createHttpFace, type HttpFaceOptions } from "../../src/http/face.ts"
import type { FunctionsService } from "../../src/service/functions.ts"
import { startService } from "./support.ts"

let service: FunctionsService

beforeAll(async () => {
  service = await startService()
})

afterAll(async () => {
  await service.close()
})

interface Documented {
  readonly operationId: string
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly security: readonly object[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}

async function documentOf(options: HttpFaceOptions = {}, prefix = "") {
  const face = createHttpFace(service, { version: "1.2.3", ...options })
  const response = await face.fetch(new Request(`http://localhost${prefix}/openapi.json`), { prefix })
  const document = (await response.json()) as {
    paths: Record<string, Record<string, Documented>>
    servers: unknown
  }
  const { paths } = document
  return { document, operations: Object.values(paths).flatMap((path) => Object.values(path)) }
}

describe("the OpenAPI document", () => {
  it("names its version and the prefix that it was asked under", async () => {
    const face = createHttpFace(service, { version: "1.2.3" })
    for (const prefix of ["/a", "/b", "/a"]) {
      const response = await face.fetch(new Request(`http://localhost${prefix}/openapi.json`), { prefix })
      expect(await response.json()).toMatchObject({
        openapi: "3.1.0",
        info: { version: "1.2.3" },
        servers: [{ url: prefix }],
      })
    }
    expect((await documentOf()).document.servers).toEqual([{ url: "/" }])
  })

  it("says which operations ask for credentials, as the face does", async () => {
    const secured = async (options: HttpFaceOptions) =>
      (await documentOf(options)).operations.filter(({ security }) => security.length > 0).map((one) => one.operationId)
    const ids = Object.entries(accessTable).filter(([, { scope }]) => scope !== null)
    expect((await secured({ authenticate: () => null })).sort()).toEqual(ids.map(([id]) => id).sort())
    const management = ids.filter(([, { kind }]) => kind === "management").map(([id]) => id)
    expect((await secured({})).sort()).toEqual(management.sort())
    expect(await secured({ authenticate: "open" })).toEqual([])
  })

  it("refers to nothing that it does not define", async () => {
    const { document } = await documentOf()
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? "")
    expect(references.length).toBeGreaterThan(50)
    for (const reference of new Set(references)) {
      const target = reference
        .split("/")
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)
      expect(target, reference).toBeDefined()
    }
  })

  it("tells of the problems that every operation may answer with", async () => {
    for (const { operationId, responses, requestBody } of (await documentOf()).operations) {
      const problems = Object.entries(responses).filter(([status]) => status === "default" || Number(status) >= 400)
      expect(
        problems.map(([status]) => status),
        operationId,
      ).toContain("default")
      if (requestBody) expect(Object.keys(responses)).toEqual(expect.arrayContaining(["400", "413", "415"]))
      for (const [, { content }] of problems) expect(content).toHaveProperty(["application/problem+json"])
    }
  })

  it("names the queries of what is accepted for later", async () => {
    const { operations } = await documentOf()
    const queriesOf = (id: string) =>
      operations
        .find(({ operationId }) => operationId === id)
        ?.parameters?.filter((parameter) => parameter.in === "query")
        .map(({ name }) => name)
    expect(queriesOf("enqueueFunction")).toEqual(["delayMs", "runAt", "deadline", "priority", "idempotencyTtlMs"])
    expect(queriesOf("sendMessage")).toEqual(["delayMs", "idempotencyTtlMs"])
    expect(queriesOf("startPipeline")).toEqual(["idempotencyTtlMs"])
  })

  it("takes uploads as a form, a ZIP and JSON", async () => {
    const { operations } = await documentOf()
    const deploy = operations.find(({ operationId }) => operationId === "deployFunction")
    expect(Object.keys(deploy?.requestBody?.content ?? {}).sort()).toEqual([
      "application/json",
      "application/zip",
      "multipart/form-data",
    ])
  })
})
