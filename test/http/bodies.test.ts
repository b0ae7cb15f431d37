import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { toTimeRange } from "../../src/http/range.ts"
import { normalisePrefix, toRequestPath } from "../../src/http/request-path.ts"
import { readTraceContext, toAnswerParent } from "../../src/http/trace-context.ts"
import { rangePattern } from "../../src/metrics/parse-range.ts"
import type { FunctionsService } from "../../src/service/functions.ts"
import { newId, newTraceId } from "../../src/util/id.ts"
import { openFace, startService } from "./support.ts"

const toTraceId = (traceparent: string) => readTraceContext(new Headers({ traceparent })).traceId

let service: FunctionsService

beforeAll(async () => {
  service = await startService()
  // 10 MB take a machine that is busy with others longer than a second.
  const source = "export default (event) => JSON.stringify(event).length"
  await service.deploy({ name: "size", source, config: { cpu: 20 } })
})

afterAll(async () => {
  await service.close()
})

/** Pulls until it is cancelled, and tells how much was pulled. */
function endless(chunk: Uint8Array): {
  readonly body: ReadableStream
  readonly pulled: () => number
  readonly cancelled: () => boolean
} {
  let pulled = 0
  let cancelled = false
  const body = new ReadableStream(
    {
      pull(controller) {
        pulled += chunk.byteLength
        controller.enqueue(chunk)
      },
      cancel() {
        cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, pulled: () => pulled, cancelled: () => cancelled }
}

const jsonType = { "content-type": "application/json" }

describe("a body that is too large", () => {
  const paths = ["/functions/size/invoke", "/functions/deploy", "/functions", "/pipelines", "/pipelines/p/run"]

  it.each(paths)("is refused at %s by the length that it declares, unread", async (path) => {
    const { body, pulled } = endless(new Uint8Array(1000))
    const send = openFace(service, { authenticate: "open", maxBodyBytes: 5000 })
    const response = await send("POST", path, {
      body: body as RequestInit["body"],
      headers: { ...jsonType, "content-length": "5001" },
    })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ status: 413, detail: expect.stringContaining("5000 bytes") })
    expect(pulled()).toBe(0)
  })

  it.each(paths)("is refused at %s while it comes, and the rest is not read", async (path) => {
    const { body, pulled, cancelled } = endless(new Uint8Array(1000).fill(32))
    const send = openFace(service, { authenticate: "open", maxBodyBytes: 5000 })
    const response = await send("POST", path, { body: body as RequestInit["body"], headers: jsonType })
    expect(response.status).toBe(413)
    expect(pulled()).toBe(6000)
    expect(cancelled()).toBe(true)
  })

  it("is refused as a ZIP and as a form too", async () => {
    const send = openFace(service, { authenticate: "open", maxBodyBytes: 5000 })
    for (const type of ["application/zip", "multipart/form-data; boundary=x"]) {
      const { body } = endless(new Uint8Array(1000))
      const response = await send("POST", "/functions/deploy?name=x", {
        body: body as RequestInit["body"],
        headers: { "content-type": type },
      })
      expect(response.status, type).toBe(413)
    }
  })

  it("is one byte more than the limit, which is 10 MB where none is given", async () => {
    const send = openFace(service)
    const text = (bytes: number) => `"${"x".repeat(bytes - 2)}"`
    const fits = await send("POST", "/functions/size/invoke", { body: text(10 * 1024 * 1024), headers: jsonType })
    expect(fits.status).toBe(200)
    const over = await send("POST", "/functions/size/invoke", { body: text(10 * 1024 * 1024 + 1), headers: jsonType })
    expect(over.status).toBe(413)
  })
})

describe("a body that is nested too deep to be written again", () => {
  it.each(["/functions/size/enqueue", "/queues/q/messages", "/events", "/pipelines/p/run"])(
    "is refused at %s",
    async (path) => {
      const send = openFace(service, { authenticate: "open" })
      const body = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
      const deep = await send("POST", path, { body: body(50_000), headers: jsonType })
      expect([deep.status, await deep.json()]).toMatchObject([400, { detail: expect.stringContaining("1000 levels") }])
      expect((await send("POST", path, { body: body(1000), headers: jsonType })).status).not.toBe(400)
    },
  )
})

describe("paths below a prefix", () => {
  it("are those of the URL, without the prefix and the slashes at the end", () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._~-]{1,6}$/).filter((text) => !/^\.{1,2}$/.test(text))
    const path = fc.array(segment, { maxLength: 4 }).map((parts) => parts.map((part) => `/${part}`).join(""))
    fc.assert(
      fc.property(
        path,
        path,
        fc.constantFrom("", "?a=/b", "#/c"),
        fc.constantFrom("", "/"),
        (prefix, rest, end, slash) => {
          const { href } = new URL(`http://h:1${prefix}${rest}${slash}${end}`)
          expect(toRequestPath(href, normalisePrefix(prefix))).toBe(rest || "/")
        },
      ),
    )
  })

  it("are none where the prefix is only the beginning of a name", () => {
    expect(toRequestPath("http://h/apix", "/api")).toBeNull()
    expect(toRequestPath("http://h/api", "/api")).toBe("/")
    expect(toRequestPath("http://h/api?x", "/api")).toBe("/")
    expect(toRequestPath("http://h/ap", "/api")).toBeNull()
  })
})

describe("ranges", () => {
  it("end now, or where they are told to", () => {
    const now = 1_000_000_000
    expect(toTimeRange({}, now)).toBeUndefined()
    expect(toTimeRange({ range: "1h" }, now)).toEqual({ from: now + 1 - 3_600_000, to: now + 1 })
    expect(toTimeRange({ range: "90" }, now)).toEqual({ from: now + 1 - 90_000, to: now + 1 })
    expect(toTimeRange({ range: "1d", to: 86_400_000 }, now)).toEqual({ from: 0, to: 86_400_000 })
    expect(toTimeRange({ range: "999999999w" }, now)).toEqual({ from: 0, to: now + 1 })
    expect(toTimeRange({ from: 5, to: 4 }, now)).toEqual({ from: 5, to: 5 })
  })

  it("are never written in another way", () => {
    for (const text of ["", "0h", "1y", "-1h", "1.5h", "h", "1 h", "1h ", "1e3s"])
      expect(rangePattern.test(text), text).toBe(false)
  })
})

describe("trace contexts", () => {
  it("are taken only where they are valid", () => {
    const id = "4bf92f3577b34da6a3ce929d0e0e4736"
    expect(toTraceId(`00-${id}-00f067aa0ba902b7-01`)).toBe(id)
    expect(toTraceId(`cc-${id}-00f067aa0ba902b7-01-what-comes-later`)).toBe(id)
    const broken = [
      `ff-${id}-00f067aa0ba902b7-01`,
      `00-${id}-00f067aa0ba902b7-01-what-comes-later`,
      `00-${id}-00f067aa0ba902b7-01-`,
      `00-${id}-${"0".repeat(16)}-01`,
      `00-${id.toUpperCase()}-00f067aa0ba902b7-01`,
      id,
      "",
    ]
    for (const header of broken) expect(toTraceId(header), header).toBeUndefined()
  })

  it("are told so that they can be taken again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (time) => {
        const trace = newTraceId()
        expect(toTraceId(toAnswerParent({ traceId: trace, id: newId(time) }))).toBe(trace)
      }),
      { numRuns: 50 },
    )
  })
})
