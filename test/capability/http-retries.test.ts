import { describe, expect, it } from "vitest"
import type { HttpClient, HttpRequest, HttpResponse } from "../../src/ports/http-client.ts"
import { openService } from "../service/service.ts"

type Answer = number | "broken" | { readonly status: number; readonly retryAfter: string }

const answers: Answer[] = []
const requests: HttpRequest[] = []

/** Answers what the test lined up, and 200 after that. */
const network: HttpClient = {
  async fetch(request): Promise<HttpResponse> {
    requests.push(request)
    const answer = answers.shift() ?? 200
    if (answer === "broken") throw new TypeError("the connection ended")
    const { status, retryAfter } = typeof answer === "number" ? { status: answer, retryAfter: undefined } : answer
    const headers = retryAfter === undefined ? [] : [["retry-after", retryAfter] as const]
    return { status, statusText: "", headers, body: new Uint8Array(), url: request.url, redirected: false }
  },
  close: async () => {},
}

const service = openService({ http: network })
let deployed = 0

async function request(code: string, lined: readonly Answer[]): Promise<{ result: unknown; tries: number }> {
  answers.splice(0, answers.length, ...lined)
  requests.length = 0
  const name = `http_${++deployed}`
  await service.functions.deploy({
    name,
    source: `import { http } from "inlay/sdk"
      const url = "https://api.example.com/"
      export default async () => { try { return (await ${code}).status } catch (error) { return error.name } }`,
  })
  return { result: await service.functions.invoke(name), tries: requests.length }
}

describe("http", () => {
  it("tries again after statuses and network errors that may pass", async () => {
    expect(await request("http.get(url, { baseDelayMs: 1 })", [503, "broken", 429])).toEqual({ result: 200, tries: 4 })
  })

  it("gives the last answer, or error, once its tries are used up", async () => {
    expect(await request("http.get(url, { baseDelayMs: 1, retries: 1 })", [500, 502])).toEqual({
      result: 502,
      tries: 2,
    })
    expect(await request("http.get(url, { baseDelayMs: 1, retries: 1 })", ["broken", "broken"])).toEqual({
      result: "TypeError",
      tries: 2,
    })
  })

  it.each([400, 401, 404, 501])("does not try again after %i", async (status) => {
    expect(await request("http.get(url, { baseDelayMs: 1 })", [status])).toEqual({ result: status, tries: 1 })
  })

  it("sends what may have had its effect once, unless it is told otherwise, and the same body each time", async () => {
    expect(await request("http.post(url, { baseDelayMs: 1, json: { a: 1 } })", [503])).toEqual({
      result: 503,
      tries: 1,
    })
    const again = await request("http.post(url, { baseDelayMs: 1, retryUnsafe: true, json: { a: 1 } })", [503])
    expect(again).toEqual({ result: 200, tries: 2 })
    for (const { method, headers, body } of requests) {
      expect([method, new TextDecoder().decode(body as Uint8Array)]).toEqual(["POST", '{"a":1}'])
      expect(headers).toContainEqual(["content-type", "application/json"])
    }
  })

  it("sends JSON as the author's own type, and else as JSON", async () => {
    const typesOf = async (headers: string) => {
      await request(`http.put(url, { json: 1${headers} })`, [])
      return requests[0]?.headers.filter(([name]) => name === "content-type" || name === "x-a")
    }
    expect(await typesOf("")).toEqual([["content-type", "application/json"]])
    expect(await typesOf(', headers: { "X-A": "1" }')).toContainEqual(["content-type", "application/json"])
    for (const own of [
      '{ "Content-Type": "a/b", "X-A": "1" }',
      'new Headers([["content-type", "a/b"], ["x-a", "1"]])',
    ]) {
      const types = await typesOf(`, headers: ${own}`)
      expect(types?.toSorted()).toEqual([
        ["content-type", "a/b"],
        ["x-a", "1"],
      ])
    }
  })

  it("stops waiting once the signal aborts, whoever gave it", async () => {
    const busy = { status: 503, retryAfter: "9" }
    const own = "(() => { const c = new AbortController(); setTimeout(() => c.abort(), 1); return c.signal })()"
    for (const code of [`http.get(url, { signal: ${own} })`, `http.request(new Request(url, { signal: ${own} }))`]) {
      expect(await request(code, [busy])).toEqual({ result: "AbortError", tries: 1 })
    }
  })

  it("waits as Retry-After says, and gives up where that is too long", async () => {
    expect(await request("http.get(url, { baseDelayMs: 1 })", [{ status: 429, retryAfter: "0" }])).toMatchObject({
      tries: 2,
    })
    const date = new Date(Date.now() + 3_600_000).toUTCString()
    for (const retryAfter of ["3600", date]) {
      expect(await request("http.get(url, { baseDelayMs: 1 })", [{ status: 429, retryAfter }])).toEqual({
        result: 429,
        tries: 1,
      })
    }
  })

  it("does not go on once the signal has aborted", async () => {
    const code = "http.get(url, { baseDelayMs: 1, signal: AbortSignal.abort() })"
    expect(await request(code, [503])).toEqual({ result: "AbortError", tries: 0 })
  })
})
