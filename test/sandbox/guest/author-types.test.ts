import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { run } from "../../project/process.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))

describe("the types of inlay/functions, in a strict project", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "inlay-author-"))
    const compilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      target: "es2023",
      lib: ["es2023", "dom", "esnext.disposable"],
      module: "esnext",
      moduleResolution: "bundler",
      allowImportingTsExtensions: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      paths: { "inlay/functions": [join(root, "src/sandbox/author/functions.ts")] },
    }
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: [folder] }))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function check(source: string): Promise<string> {
    const imports = 'import { cors, defineHandler, middleware } from "inlay/functions"'
    await writeFile(join(folder, "index.ts"), `${imports}\n${source}`)
    const tsc = join(root, "node_modules/typescript/bin/tsc")
    return run(process.execPath, [tsc, "-p", folder], { cwd: root }).then(() => "", String)
  }

  it("tell the context of every form of handler, whose event its author says", async () => {
    const found = await check(`
      export const event = defineHandler((event: { values: number[] }, context) => {
        context.log.info("called", context.invocationId)
        return { first: event.values[0] ?? context.deadline }
      })
      const first: number = event({ values: [1] }, {} as never).first
      export const request = defineHandler((request: Request, context) => new Response(request.url + context.traceId + first))
      export const server = defineHandler({
        async fetch(request, env, context) {
          context.waitUntil(Promise.resolve(env))
          return new Response(request.url)
        },
      })
      export const wrapped = middleware([cors(), (request: Request, context) => new Response(request.url + context.traceId)])
      export const chain = middleware([
        async (request, context, next) => {
          const response = await next()
          response.headers.set("x-call", request.url + context.invocationId)
          return response
        },
        (event: { n: number }, context) => event.n + context.deadline,
      ])`)
    expect(found).toBe("")
  })

  it("refuse what is no handler, and a context of another type", async () => {
    const found = await check(`
      defineHandler(5)
      defineHandler((event: string, context: number) => event + context)
      middleware([cors()])`)
    expect(found.match(/index\.ts\(\d+/g)).toEqual(["index.ts(3", "index.ts(4", "index.ts(5"])
  })
})
