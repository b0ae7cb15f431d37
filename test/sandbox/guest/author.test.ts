import { build } from "esbuild"
import { describe, expect, it } from "vitest"
import { type Context, defineConfig, defineHandler } from "../../../src/sandbox/author/functions.ts"
import { context, env, log } from "../../../src/sandbox/author/sdk.ts"
import { createGuest } from "./harness.ts"

async function bundle(code: string): Promise<string> {
  const result = await build({
    stdin: { contents: code, resolveDir: "src/sandbox/author", loader: "ts" },
    bundle: true,
    format: "esm",
    write: false,
    tsconfigRaw: {},
  })
  return result.outputFiles[0]?.text ?? ""
}

describe("inlay/sdk", () => {
  it("gives the context, the environment and the log of the call", async () => {
    const code = await bundle(`
      import { context, env, log } from "./sdk.ts"
      export default () => { log("a"); log.warn("b"); return [context().invocationId, env("A"), env("B") ?? null] }`)
    const guest = createGuest()
      .load(code)
      .start({ env: { A: "1" } })
    expect(guest.output()).toEqual(["inv_1", "1", null])
    expect(guest.json("log")).toEqual([
      { level: "info", message: "a" },
      { level: "warn", message: "b" },
    ])
  })

  it("says so outside of Inlay", () => {
    expect(() => context()).toThrow("this code runs outside of Inlay")
    expect(() => env("A")).toThrow("this code runs outside of Inlay")
    expect(() => log.info("a")).toThrow("this code runs outside of Inlay")
  })

  it("costs nothing where it is imported and not used", async () => {
    expect(await bundle('import { context, log } from "./sdk.ts"; export default () => 1')).not.toContain("inlay.sdk")
  })
})

const given = { env: { GREETING: "Hello" }, functionName: "greet", params: { id: "7" } } as unknown as Context

describe("inlay/functions", () => {
  it("gives configurations and handlers back as they are", () => {
    const config = { runtime: "quickjs", timeout: 5 } as const
    expect(defineConfig(config)).toBe(config)
    const handler = (event: { readonly n: number }): number => event.n + 1
    expect(defineHandler(handler)).toBe(handler)
    expect(defineHandler(handler)({ n: 1 })).toBe(2)
  })

  it("gives parameters that have no types theirs", async () => {
    const greet = defineHandler(async ({ name }: { readonly name: string }, { env }) => `${env.GREETING}, ${name}`)
    expect(await greet({ name: "Ada" }, given)).toBe("Hello, Ada")
    const echo = defineHandler((event, { functionName }) => [event, functionName])
    expect(echo(1, given)).toEqual([1, "greet"])
    const site = defineHandler({
      fetch: ({ method }, env, { params }) => new Response(method + env.GREETING + params.id),
    })
    const request = new Request("http://localhost")
    expect(await ((await site.fetch(request, given.env, given)) as Response).text()).toBe("GETHello7")
  })

  it("is bundled without any import of its own", async () => {
    const code = await bundle(
      'import { defineHandler } from "./functions.ts"; export default defineHandler((n: number) => n + 1)',
    )
    expect(code).not.toContain("import")
    expect(createGuest().load(code).start({ body: "1" }).output()).toBe(2)
  })
})
