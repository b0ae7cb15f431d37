import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
} from "node:zlib"
import { describe, expect, it } from "vitest"
import type { RuntimeVersion } from "../../src/ports/runtime.ts"
import { Codec } from "../../src/sandbox/operations/codec.ts"
import { functionOf } from "./reuse.ts"
import { call, failureOf, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()
const tools = `const through = async (parts, transform) =>
    [...await new Response(ReadableStream.from(parts.map((part) => new Uint8Array(part))).pipeThrough(transform)).bytes()]
  const failure = (promise) => promise.then(() => "none", (error) => error.name)
  const noise = () => crypto.getRandomValues(new Uint8Array(65_536))
  /** Streams that the host keeps: more went in than it takes at once, and nothing ended them. */
  const open = async (count) => {
    const failed = []
    for (let n = 0; n < count; n++) {
      const stream = new CompressionStream("gzip")
      const reading = stream.readable.getReader().read()
      stream.writable.getWriter().write(noise()).catch(() => {})
      await reading.catch((error) => failed.push([n, error.name, error.message]))
    }
    return failed
  }`

function version(code: string, over: Partial<RuntimeVersion> = {}): RuntimeVersion {
  return versionOf(`${tools}; export default async (input) => { ${code} }`, { cpuMs: 20_000, ...over })
}
async function run(code: string, input?: unknown): Promise<unknown> {
  return outputOf(await call(runtime, version(code), input))
}

const text = "to be or not to be, ".repeat(40)
const formats = [
  ["gzip", gzipSync, gunzipSync],
  ["deflate", deflateSync, inflateSync],
  ["deflate-raw", deflateRawSync, inflateRawSync],
  ["brotli", brotliCompressSync, brotliDecompressSync],
] as const

describe("Compression", () => {
  it.each(formats)("writes %s that Node reads", async (format, _compress, decompress) => {
    const parts = [[...Buffer.from(text.slice(0, 100))], [], [...Buffer.from(text.slice(100))]]
    const written = await run(`return through(input, new CompressionStream("${format}"))`, parts)
    const compressed = Uint8Array.from(written as number[])
    expect(compressed.length).toBeLessThan(100)
    expect(decompress(compressed).toString()).toBe(text)
  })

  it.each(formats)("reads %s that Node wrote, byte by byte", async (format, compress) => {
    const bytes = [...compress(text)].map((byte) => [byte])
    const read = await run(`return through(input, new DecompressionStream("${format}"))`, bytes)
    expect(Buffer.from(read as number[]).toString()).toBe(text)
  })

  it.each(formats)("refuses %s that is cut off, continued or spoiled", async (format, compress) => {
    const whole = [...compress(text)]
    const bad = [whole.slice(0, -1), [...whole, 0], [], [255, ...whole.slice(1)]]
    const code = `const names = []
      for (const bytes of input) names.push(await failure(through([bytes], new DecompressionStream("${format}"))))
      return names`
    expect(await run(code, bad)).toEqual(["TypeError", "TypeError", "TypeError", "TypeError"])
  })

  it("gives what came before the data that follows after the end", async () => {
    const code = `const stream = new DecompressionStream("gzip"); const reader = stream.readable.getReader()
      stream.writable.getWriter().write(new Uint8Array(input)).catch(() => {})
      return [new TextDecoder().decode((await reader.read()).value), await failure(reader.read())]`
    expect(await run(code, [...gzipSync("hello"), 0])).toEqual(["hello", "TypeError"])
  })

  it.each(["gzip", "deflate"] as const)("checks what it has read of %s", async (format) => {
    const spoiled = [...(format === "gzip" ? gzipSync : deflateSync)(text)]
    spoiled[spoiled.length - 5] = (spoiled[spoiled.length - 5] ?? 0) ^ 1
    expect(await run(`return failure(through([input], new DecompressionStream("${format}")))`, spoiled)).toBe(
      "TypeError",
    )
  })

  it("carries megabytes there and back", async () => {
    const code = `const parts = Array.from({ length: 32 }, noise)
      const there = ReadableStream.from(parts).pipeThrough(new CompressionStream("deflate"))
      const back = await new Response(there.pipeThrough(new DecompressionStream("deflate"))).bytes()
      return back.length === 32 * 65_536 && back.every((byte, at) => byte === parts[at >> 16][at & 65_535])`
    expect(await run(code)).toBe(true)
  })

  it("gives out data that grows a thousand times no faster than it is read, in a sandbox that could not hold it", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024)).toString("base64")
    const code = `let total = 0; let largest = 0
      const source = new Blob([Uint8Array.from(atob(input), (c) => c.charCodeAt(0))]).stream()
      for await (const part of source.pipeThrough(new DecompressionStream("gzip"))) {
        total += part.length; largest = Math.max(largest, part.length)
      }
      return [total, largest <= 131_072]`
    const held = version(code, { memoryMb: 16, timeoutMs: 60_000 })
    expect(outputOf(await call(runtime, held, bomb))).toEqual([100 * 1024 * 1024, true])
  })

  it("says of each step when nothing of it runs any more, where the next one came sooner", async () => {
    const codec = new Codec("gzip", true)
    const idle: Promise<void>[] = []
    let step = await codec.step(gzipSync(Buffer.alloc(1024 * 1024)), false)
    idle.push(step.idle)
    while (step.more) {
      step = await codec.step(new Uint8Array(0), false)
      idle.push(step.idle)
    }
    expect(idle.length).toBeGreaterThan(10)
    await Promise.all(idle)
    codec.close()
  })

  it("keeps nothing of a bomb that nobody reads on", async () => {
    const code = `const reader = new Blob([new Uint8Array(input)]).stream().pipeThrough(new DecompressionStream("gzip")).getReader()
      const first = (await reader.read()).value.length; await reader.cancel(); return first > 0`
    expect(await run(code, [...gzipSync(Buffer.alloc(10_000_000))])).toBe(true)
  })

  it("refuses a call more streams than it may have open, and lets the next call open as many", async () => {
    const code = "return (await open(140)).slice(0, 1)"
    const refused = "Cannot compress the data: too many compression streams are open"
    for (let round = 0; round < 2; round++) {
      expect(await run(code)).toEqual([[128, "QuotaExceededError", refused]])
    }
  })

  it("opens others where streams were cancelled, aborted or failed", async () => {
    const code = `for (let n = 0; n < 140; n++) {
        const stream = new CompressionStream("gzip"); const writer = stream.writable.getWriter()
        const reader = stream.readable.getReader(); const reading = reader.read(); reading.catch(() => {})
        await writer.write(noise()); await reading
        if (n % 3 === 0) await reader.cancel()
        else if (n % 3 === 1) await writer.abort()
        else { reader.read().catch(() => {}); await writer.write("text").catch(() => {}) }
      }
      return open(1)`
    expect(await run(code)).toEqual([])
  })

  it("goes on where the call has waited in between, beside others", async () => {
    const code = `const stream = new CompressionStream("gzip"); const writer = stream.writable.getWriter()
      const whole = new Response(stream.readable).bytes()
      for (let part = 0; part < 3; part++) {
        await writer.write(new TextEncoder().encode(String(input).repeat(40_000)))
        await new Promise((done) => setTimeout(done, 5))
      }
      await writer.close(); return [...await whole]`
    const [one, two] = [version(code, { organisation: "a" }), version(code, { organisation: "b" })]
    const results = await Promise.all([11, 22, 33, 44].map((word) => call(runtime, word % 2 ? one : two, word)))
    const read = results.map((result) => gunzipSync(Uint8Array.from(outputOf(result) as number[])).toString())
    expect(read).toEqual([11, 22, 33, 44].map((word) => String(word).repeat(120_000)))
  })

  it("ends with its call", async () => {
    const code = `const endless = new ReadableStream({ pull(controller) { controller.enqueue(noise()) } })
      for await (const part of endless.pipeThrough(new CompressionStream("gzip"))) void part`
    const result = await call(runtime, version(code, { timeoutMs: 200, cpuMs: 200 }))
    expect(failureOf(result).code).toBe("FN_002")
    expect(await run("return open(1)")).toEqual([])
  })

  it("refuses to go on in a later call of a kept instance", async () => {
    const { output } = functionOf(
      runtime,
      `async (bytes) => {
        const { readable, writable } = globalThis.stream ??= new DecompressionStream("deflate")
        const reader = readable.getReader(); const writer = writable.getWriter()
        const writing = writer.write(new Uint8Array(bytes)).then(() => "written", (error) => error.message)
        const read = await reader.read().then(({ value }) => value.length, (error) => error.message)
        const written = await writing; reader.releaseLock(); writer.releaseLock()
        return [count(), read, written]
      }`,
    )
    const bytes = [...deflateSync(text)]
    expect(await output(bytes.slice(0, -1))).toEqual([1, text.length, "written"])
    const gone = "Cannot decompress the data: the stream has ended, or the call that began it has"
    expect(await output(bytes.slice(-1))).toEqual([2, gone, gone])
  })

  it("says which formats there are", async () => {
    const code = `try { new CompressionStream("zip") } catch (error) { return [error.name, error.message] }`
    const message = 'Cannot compress or decompress "zip": the format must be gzip, deflate, deflate-raw or brotli'
    expect(await run(code)).toEqual(["TypeError", message])
  })
})
