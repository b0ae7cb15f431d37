import { describe, expect, it } from "vitest"
import { featuresOf } from "../../src/sandbox/engine/features.ts"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()

describe("heavier web APIs", () => {
  it("are found where a bundle names them, and not in longer words", () => {
    expect(featuresOf("export default () => new URLPattern({ pathname: '/:id' })")).toEqual(["urlpattern"])
    expect(featuresOf("export default () => myURLPattern + URLPatterns + $URLPattern")).toEqual([])
  })

  it("are found where a bundle uses what they give", () => {
    for (const code of [
      "for await (const part of response.body) use(part)",
      "new Response(upstream.body, { headers })",
      "fetch(url, { method: 'POST', body: request.body })",
      "response.body.getReader()",
    ]) {
      expect(featuresOf(code)).toEqual(["streams"])
    }
    expect(featuresOf("export default (event) => ({ ...event.body, body: event.text })")).toEqual([])
  })

  it("are part of the snapshot of a version that names them", async () => {
    const version = versionOf(
      "const pattern = new URLPattern({ pathname: '/users/:id' }); export default (path) => pattern.exec({ pathname: path }).pathname.groups.id",
    )
    expect((await runtime.load(version)).impurities).toEqual([])
    expect(outputOf(await call(runtime, version, "/users/7"))).toBe("7")
    expect(outputOf(await call(runtime, version, "/users/8"))).toBe("8")
  })

  it("are there for code that reaches them by a computed name", async () => {
    const version = versionOf(
      "export default () => { const URLP = globalThis['URL' + 'Pattern']; return new URLP({ pathname: '/a' }).test({ pathname: '/a' }) }",
    )
    expect(outputOf(await call(runtime, version))).toBe(true)
  })

  it("are there for a module that is evaluated for every call, also after it has waited", async () => {
    const version = versionOf(
      "const at = Date.now(); export default async () => { await new Promise((done) => setTimeout(done, 1)); return [at > 0, new URLPattern({ pathname: '/a' }).pathname] }",
    )
    const results = await Promise.all(Array.from({ length: 8 }, () => call(runtime, version)))
    expect(results.map(outputOf)).toEqual(results.map(() => [true, "/a"]))
  })

  it("leave what an author has put in their place", async () => {
    const version = versionOf("globalThis['URL' + 'Pattern'] = 1; export default () => globalThis['URL' + 'Pattern']")
    expect(outputOf(await call(runtime, version))).toBe(1)
  })

  it("keep the bridge to themselves", async () => {
    const version = versionOf(
      "const seen = []; Object.prototype.__defineSetter__.call(globalThis, '__inlay', (v) => seen.push(typeof v)); export default () => { globalThis['URL' + 'Pattern']; return [seen, typeof globalThis.__inlay] }",
    )
    expect(outputOf(await call(runtime, version))).toEqual([[], "undefined"])
  })
})
