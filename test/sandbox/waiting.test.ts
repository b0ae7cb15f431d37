import { describe, expect, it } from "vitest"
import type { HttpRequest } from "../../src/ports/http-client.ts"
import { call, failureOf, offline, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const requests: HttpRequest[] = []
const http = {
  ...offline,
  fetch: async (request: HttpRequest) => {
    requests.push(request)
    if (request.url.includes("refused")) throw new Error('Cannot fetch "refused": the address is not public.')
    return {
      status: 201,
      statusText: "Created",
      headers: [["content-type", "application/json"]] as const,
      body: new TextEncoder().encode(
        JSON.stringify({ got: request.url, sent: (request.body as Uint8Array | null)?.length ?? 0 }),
      ),
      url: request.url,
      redirected: false,
    }
  },
}
const runtime = openRuntime({ http })

describe("a call that waits", () => {
  it("goes on where it was, with its own state, beside many others", async () => {
    const version = versionOf(`export default async (n) => {
      const own = { n, filler: "x".repeat(n * 10) };
      await new Promise((done) => setTimeout(done, 30));
      own.first = performance.now() >= 0;
      await new Promise((done) => setTimeout(done, 10));
      return [own.n, own.filler.length, own.first];
    }`)
    const results = await Promise.all(Array.from({ length: 150 }, (_, n) => call(runtime, version, n)))
    expect(results.map(outputOf)).toEqual(Array.from({ length: 150 }, (_, n) => [n, n * 10, true]))
  })

  it("keeps the instance that it waits in, though another call has just ended there", async () => {
    const single = openRuntime({ threads: 1 })
    const version = versionOf(
      "export default (n) => n === 0 ? 'at once' : new Promise((done) => setTimeout(done, 20, 'later'))",
    )
    await single.load(version)
    const both = await Promise.all([call(single, version, 0), call(single, version, 1)])
    expect(both.map(outputOf)).toEqual(["at once", "later"])
  })

  it("goes on right when organisations and versions alternate in between", async () => {
    const waiter = (organisation: string, word: string) =>
      versionOf(
        `const table = { word: "${word}" }; export default async (n) => { const before = n * 2; await new Promise((done) => setTimeout(done, 20)); return [table.word, before] }`,
        { organisation },
      )
    const versions = [waiter("a", "one"), waiter("b", "two"), waiter("a", "three")]
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, n) => call(runtime, versions[n % 3] ?? waiter("c", ""), n)),
    )
    expect(results.map(outputOf)).toEqual(Array.from({ length: 60 }, (_, n) => [["one", "two", "three"][n % 3], n * 2]))
  })

  it("may have module code that runs afresh for each call", async () => {
    const version = versionOf(
      "const id = Math.random(); export default async () => { const before = id; await new Promise((d) => setTimeout(d, 5)); return id === before }",
    )
    expect((await Promise.all(Array.from({ length: 10 }, () => call(runtime, version)))).map(outputOf)).toEqual(
      Array(10).fill(true),
    )
  })

  it("fetches through the host's client", async () => {
    const version = versionOf(`export default async () => {
      const answer = await fetch("https://example.com/a", { method: "POST", headers: { "x-one": "1" }, body: "abc" });
      return [answer.status, answer.ok, answer.headers.get("content-type"), await answer.json()];
    }`)
    expect(outputOf(await call(runtime, version))).toEqual([
      201,
      true,
      "application/json",
      { got: "https://example.com/a", sent: 3 },
    ])
    expect(requests.at(-1)).toMatchObject({ method: "POST", redirect: "follow" })
  })

  it("may begin thousands of timers and requests at once", async () => {
    const version = versionOf(`export default async () => {
      await Promise.all(Array.from({ length: 1500 }, () => new Promise((done) => setTimeout(done, 1))));
      let timer; for (let i = 0; i < 1200; i++) { clearTimeout(timer); timer = setTimeout(() => {}, 60_000) }
      const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => fetch("https://example.com/" + i)));
      return answers.filter((answer) => answer.status === 201).length;
    }`)
    expect(outputOf(await call(runtime, version))).toBe(300)
  })

  it("is told when it begins more at once than it may", async () => {
    const version = versionOf(
      "export default async () => { for (let i = 0; i < 10_001; i++) setTimeout(() => {}, 1); }",
    )
    expect(failureOf(await call(runtime, version))).toMatchObject({ code: "FN_004", name: "RangeError" })
  })

  it("hears why a request was refused", async () => {
    const version = versionOf(
      "export default async () => { try { await fetch('http://refused/') } catch (error) { return [error.name, error.message] } }",
    )
    expect(outputOf(await call(runtime, version))).toEqual(["TypeError", expect.stringContaining("not public")])
  })

  it("counts its CPU time without its waiting", async () => {
    const version = versionOf("export default () => new Promise((done) => setTimeout(done, 200))")
    const began = performance.now()
    const { cpuMs } = await call(runtime, version)
    expect(cpuMs).toBeLessThan(performance.now() - began - 100)
    expect(cpuMs).toBeGreaterThan(0)
  })

  it("is told through its signal that its caller went away", async () => {
    const version = versionOf(`export default (_, { signal }) => new Promise((done) => {
      signal.addEventListener("abort", () => done("cleaned up"));
      setTimeout(done, 60_000);
    })`)
    await runtime.load(version)
    for (const turns of [0, 1, 5, 20]) {
      const controller = new AbortController()
      const running = call(runtime, version, null, { signal: controller.signal })
      // However far the call has come: it ends, and where it had begun to wait it may clean up first.
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
      controller.abort()
      const { outcome } = await running
      if (outcome.ok) expect(outcome.output).toMatchObject({ text: '"cleaned up"' })
      else expect(outcome).toMatchObject({ code: "FN_002", error: { message: "The caller ended the call." } })
    }
    const controller = new AbortController()
    const waiting = call(runtime, version, null, { signal: controller.signal })
    await call(runtime, versionOf("export default () => new Promise((done) => setTimeout(done, 50))"))
    controller.abort()
    expect(outputOf(await waiting)).toBe("cleaned up")
  })

  it("ends with FN_002 when its caller goes away while it runs", async () => {
    const controller = new AbortController()
    const running = call(
      runtime,
      versionOf("export default () => { for (;;); }", { cpuMs: 20_000, timeoutMs: 20_000 }),
      null,
      { signal: controller.signal },
    )
    await call(runtime, versionOf("export default () => 1"))
    controller.abort()
    expect(failureOf(await running)).toMatchObject({ code: "FN_002", message: "The caller ended the call." })
  })

  it("has what settles after its end dropped", async () => {
    const version = versionOf("export default async () => { setTimeout(() => console.log('late'), 5); return 'early' }")
    const result = await call(runtime, version)
    expect([outputOf(result), result.logs]).toEqual(["early", []])
  })

  it("cannot wait while its module loads", async () => {
    const loading = runtime.load(versionOf("await new Promise((done) => setTimeout(done, 1)); export default () => 1"))
    await expect(loading).rejects.toMatchObject({
      code: "FN_005",
      message: expect.stringContaining("while a module loads"),
    })
  })

  it("does not begin any more when its caller went away before it did", async () => {
    const single = openRuntime({ threads: 1 })
    await single.ready()
    const busy = call(single, versionOf("export default () => { for (;;); }", { cpuMs: 100 }))
    const controller = new AbortController()
    const sent = requests.length
    const queued = call(single, versionOf("export default () => fetch('https://example.com/never')"), null, {
      signal: controller.signal,
    })
    await new Promise(setImmediate)
    controller.abort()
    expect(failureOf(await queued)).toMatchObject({ code: "FN_002" })
    await busy
    expect(outputOf(await call(single, versionOf("export default () => 1")))).toBe(1)
    expect(requests.length).toBe(sent)
  })

  it("gives back what it held when its caller goes away just before it goes on", async () => {
    let asked = () => {}
    let answer = () => {}
    const single = openRuntime({
      threads: 1,
      maxWaitingBytesOfOrganisation: 2 << 20,
      http: {
        ...http,
        async fetch(request) {
          asked()
          await new Promise<void>((resolve) => {
            answer = resolve
          })
          return http.fetch(request)
        },
      },
    })
    const holder = versionOf(
      "export default async () => { const held = new Uint8Array(1 << 20).fill(1); await fetch('https://example.com/'); return held[7] }",
    )
    const busy = versionOf(
      "export default () => { const end = performance.now() + 8; while (performance.now() < end); }",
    )
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController()
      const hasAsked = new Promise<void>((resolve) => {
        asked = resolve
      })
      const waiting = call(single, holder, null, { signal: controller.signal })
      await Promise.race([hasAsked, waiting])
      // Copied out for this one; then the answer stands behind the next one, in the thread.
      await call(single, busy)
      const next = call(single, busy)
      answer()
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      controller.abort()
      const { outcome } = await waiting
      if (!outcome.ok)
        expect(outcome).toMatchObject({ code: "FN_002", error: { message: "The caller ended the call." } })
      await next
    }
  })

  it("may hold much memory with others, but not without bounds", async () => {
    let release: () => void = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const holding = openRuntime({
      http: {
        ...http,
        async fetch(request) {
          await released
          return http.fetch(request)
        },
      },
    })
    const hoarder = versionOf(
      "export default async () => { const held = new Uint8Array(48 << 20).fill(1); await fetch('https://example.com/'); return held[7] }",
      { memoryMb: 64, cpuMs: 10_000, timeoutMs: 60_000, organisation: "hoarder" },
    )
    // All hold what they have until the first one is refused.
    const results = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const result = await call(holding, hoarder)
        if (!result.outcome.ok) release()
        return result
      }),
    )
    const refused = results.filter(({ outcome }) => !outcome.ok)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(16)
    for (const result of refused) expect(failureOf(result)).toMatchObject({ code: "FN_007" })
    expect(outputOf(await call(runtime, versionOf("export default () => 1")))).toBe(1)
  })
})
