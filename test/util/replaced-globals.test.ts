import { getRequestListener } from "@hono/node-server"
import { describe, expect, it } from "vitest"

const platform = { Request, Response }

describe("behind a server that has put its own classes in place of the platform's", async () => {
  getRequestListener(() => new Response())
  const { toKnownResponse } = await import("../../src/util/known-response.ts")
  const { LentRequest } = await import("../../src/util/lent-request.ts")

  it("the globals are replaced", () => {
    expect(Response).not.toBe(platform.Response)
    expect(Request).not.toBe(platform.Request)
  })

  it("an answer with a known body is one of the server's own", async () => {
    const response = toKnownResponse('{"a":1}', { status: 201, headers: { "content-type": "application/json" } })
    expect(response).toBeInstanceOf(Response)
    expect([response.status, response.headers.get("content-type")]).toEqual([201, "application/json"])
    expect(await response.clone().text()).toBe('{"a":1}')
    expect(await response.json()).toEqual({ a: 1 })
  })

  it("a request is read as ever", async () => {
    const bytes = new TextEncoder().encode('{"a":1}')
    const request = new LentRequest("http://localhost/a", {
      method: "POST",
      headers: new Headers({ "content-type": "application/json" }),
      makeBody: () => ({ read: async (take) => void take(bytes), toStream: () => new Blob([bytes]).stream() }),
      makeSignal: () => new AbortController().signal,
    })
    expect(request).toBeInstanceOf(platform.Request)
    expect([request.method, request.url]).toEqual(["POST", "http://localhost/a"])
    expect(await request.clone().json()).toEqual({ a: 1 })
    expect(await request.json()).toEqual({ a: 1 })
  })
})
