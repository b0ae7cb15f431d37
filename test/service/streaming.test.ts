import { describe, expect, it } from "vitest"
import type { RuntimeAnswer } from "../../src/ports/runtime.ts"
import { EarlyAnswer } from "../../src/sandbox/call/early-answer.ts"
import { nextRecord, openService } from "./service.ts"

const service = openService()

async function open(name: string, source: string, config = {}): Promise<Response> {
  const path = `/stream/${name}`
  await service.functions.deploy({
    name,
    source,
    config: { triggers: [{ type: "http", path, methods: ["GET"] }], ...config },
  })
  return service.functions.fetch(new Request(`http://localhost${path}`))
}

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (!response.body) throw new Error("The response has no body.")
  return response.body.getReader()
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

describe("a streamed response", () => {
  it("reaches the client while the function runs, event by event", async () => {
    const record = nextRecord(service.functions, "events")
    let ended = false
    void record.then(() => {
      ended = true
    })
    const response = await open(
      "events",
      `export default { fetch: () => new Response(new ReadableStream({
        async start(controller) {
          for (const n of [1, 2, 3]) {
            controller.enqueue(new TextEncoder().encode("data: " + n + "\\n\\n"))
            await new Promise((resolve) => setTimeout(resolve, 300))
          }
          controller.close()
        }
      }), { status: 201, headers: { "content-type": "text/event-stream" } }) }`,
    )
    expect([response.status, response.headers.get("content-type"), response.headers.get("content-length")]).toEqual([
      201,
      "text/event-stream",
      null,
    ])
    const reader = readerOf(response)
    expect(text((await reader.read()).value)).toBe("data: 1\n\n")
    expect(ended).toBe(false)
    expect(text((await reader.read()).value)).toBe("data: 2\n\n")
    expect(text((await reader.read()).value)).toBe("data: 3\n\n")
    expect((await reader.read()).done).toBe(true)
    expect(await record).toMatchObject({ status: "succeeded" })
  })

  it("is made no faster than it is read, in chunks of at most 64 KB, and ends with its reader", async () => {
    const record = nextRecord(service.functions, "endless")
    const response = await open(
      "endless",
      `export default { fetch: () => new Response(new ReadableStream({
        pull(controller) { console.log("made"); controller.enqueue(new Uint8Array(100_000)) },
        cancel() { console.log("cancelled") }
      })) }`,
    )
    const reader = readerOf(response)
    for (let chunk = 0; chunk < 4; chunk++) expect((await reader.read()).value?.byteLength).toBeLessThanOrEqual(65_536)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await reader.cancel()
    const { logs } = await record
    expect(logs.filter(({ message }) => message === "made").length).toBeLessThan(8)
    expect(logs.at(-1)?.message).toBe("cancelled")
  })

  it("arrives whole, whatever its size", async () => {
    const response = await open(
      "large",
      `export default { fetch: () => { let n = 0; return new Response(new ReadableStream({
        pull(controller) { if (n === 200) controller.close(); else controller.enqueue(new Uint8Array(100_000).fill(n++)) }
      })) } }`,
    )
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(bytes.byteLength).toBe(20_000_000)
    expect([bytes[0], bytes[100_000], bytes[19_999_999]]).toEqual([0, 1, 199])
  })

  it("breaks off where the function throws, and the record says why", async () => {
    const record = nextRecord(service.functions, "breaking")
    const response = await open(
      "breaking",
      `export default { fetch: () => { let n = 0; return new Response(new ReadableStream({
        pull(controller) { if (n++) throw new RangeError("no more"); controller.enqueue(new Uint8Array(3)) }
      })) } }`,
    )
    const reader = readerOf(response)
    expect((await reader.read()).value?.byteLength).toBe(3)
    await expect(reader.read()).rejects.toThrow("no more")
    expect(await record).toMatchObject({ status: "failed", error: { code: "FN_004", name: "RangeError" } })
  })

  it("breaks off at the call's deadline", async () => {
    const record = nextRecord(service.functions, "slow")
    const response = await open(
      "slow",
      `export default { fetch: () => new Response(new ReadableStream({
        start(controller) { controller.enqueue(new Uint8Array(3)); setTimeout(() => {}, 60_000) }
      })) }`,
      { timeout: 3 },
    )
    const reader = readerOf(response)
    await reader.read()
    await expect(reader.read()).rejects.toThrow("3000 ms")
    expect(await record).toMatchObject({ status: "failed", error: { code: "FN_002" } })
  })

  it("is not made for HEAD, however long it would be", async () => {
    const record = nextRecord(service.functions, "head")
    await open("head", "export default { fetch: () => new Response() }")
    await record
    await service.functions.deploy({
      name: "head",
      source: `export default { fetch: () => new Response(new ReadableStream({
        pull() { return new Promise(() => setInterval(() => {}, 1000)) },
        cancel() { console.log("cancelled") }
      }), { status: 203, headers: { "content-type": "text/event-stream" } }) }`,
    })
    const ended = nextRecord(service.functions, "head")
    const response = await service.functions.fetch(new Request("http://localhost/stream/head", { method: "HEAD" }))
    expect([response.status, await response.text()]).toEqual([203, ""])
    expect(response.headers.get("content-type")).toBe("text/event-stream")
    expect(response.headers.get("content-length")).toBeNull()
    expect(await ended).toMatchObject({ status: "succeeded", logs: [{ message: "cancelled" }] })
  })

  it("says of a body that can never come to its end that it is the body", async () => {
    const record = nextRecord(service.functions, "stuck")
    const response = await open(
      "stuck",
      "export default { fetch: () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })) }",
    )
    await expect(response.text()).rejects.toThrow("What goes on after the answer never settled")
    expect(await record).toMatchObject({ status: "failed", error: { code: "FN_004" } })
  })

  it("is read to its end for a caller who asked for a value", async () => {
    expect(await service.functions.invoke("events")).toBe("data: 1\n\ndata: 2\n\ndata: 3\n\n")
  })

  it("takes the memory of the chunks that are under way, however long it is", async () => {
    const record = nextRecord(service.functions, "lasting")
    const response = await open(
      "lasting",
      `export default { fetch: () => { let n = 0; return new Response(new ReadableStream({
        pull(controller) { if (n++ === 300) controller.close(); else controller.enqueue(new Uint8Array(65_536)) }
      })) } }`,
    )
    expect((await response.arrayBuffer()).byteLength).toBe(300 * 65_536)
    expect((await record).memoryBytes).toBeLessThan(2_000_000)
  })

  it("is never cut short in silence where the function's memory is full", async () => {
    const outcomes: unknown[] = []
    for (let free = 0; free < 8; free++) {
      const response = await open(
        `full_${free}`,
        `export default { fetch: () => { let n = 0; return new Response(new ReadableStream({ async pull(controller) {
            if (n++ === 3) return controller.close()
            if (n === 2) {
              const held = globalThis.held = []
              try { for (;;) held.push(new ArrayBuffer(65_536)) } catch {}
              held.length -= ${free}
            }
            controller.enqueue(new Uint8Array(60_000))
          } })) } }`,
        { memory: 16 },
      )
      outcomes.push(
        await response.arrayBuffer().then(
          ({ byteLength }) => byteLength,
          () => "broken off",
        ),
      )
    }
    expect(outcomes.filter((outcome) => outcome !== "broken off" && outcome !== 180_000)).toEqual([])
    expect(outcomes).toContain("broken off")
  })
})

describe("a guest that keeps to no rules", () => {
  const chunk = (size: number) => new Uint8Array(size)

  function openAnswer(): { readonly answer: EarlyAnswer; readonly given: RuntimeAnswer[] } {
    const given: RuntimeAnswer[] = []
    const answer = new EarlyAnswer({ onAnswer: (output) => given.push(output), onAbandoned: () => {} })
    answer.give({ type: "response", status: 200, statusText: "", headers: [], body: chunk(0) }, true)
    return { answer, given }
  }

  it("cannot send a chunk before there is room for it", () => {
    const { answer } = openAnswer()
    const taken: number[] = []
    expect(answer.push(chunk(65_536), () => taken.push(1))).toBeUndefined()
    expect(taken).toEqual([])
    expect(answer.push(chunk(1), () => taken.push(2))).toBe("a chunk was sent before there was room for it")
  })

  it("cannot stream more than 1 GiB", async () => {
    const { answer, given } = openAnswer()
    const [stream] = given
    if (stream?.type === "stream") await stream.body.cancel()
    const bytes = chunk(65_536)
    for (let count = 0; count < 16_384; count++) expect(answer.push(bytes, () => {})).toBeUndefined()
    expect(answer.push(chunk(1), () => {})).toContain("longer than 1073741824 bytes")
  })

  it("cannot send a chunk that is too large, and answers once", () => {
    const { answer, given } = openAnswer()
    expect(answer.push(chunk(65_537), () => {})).toContain("larger than 65536 bytes")
    answer.give({ type: "json", text: "1" }, false)
    expect(given).toMatchObject([{ type: "stream", status: 200 }])
  })
})
