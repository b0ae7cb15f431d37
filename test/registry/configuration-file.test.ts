import variant from "@jitl/quickjs-ng-wasmfile-release-sync"
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core"
import { afterAll, describe, expect, test } from "vitest"
import { FunctionsError } from "../../src/errors/functions-error.ts"
import { createBundler } from "../../src/registry/bundler.ts"
import { readConfiguration, type WrittenConfiguration } from "../../src/registry/configuration.ts"
import { readUpload } from "../../src/registry/upload.ts"

const bundler = createBundler()
afterAll(() => bundler.close())

/** Calls a module's default export in the engine, as the service's sandbox does. */
async function evaluate(code: string): Promise<unknown> {
  const context = (await newQuickJSWASMModuleFromVariant(variant as never)).newContext()
  try {
    context.unwrapResult(context.evalCode(code, "bundle.js", { type: "module" })).consume((module) => {
      context.setProp(context.global, "bundle", module)
    })
    const call = `try { JSON.stringify({ value: bundle.default() }) }
      catch ({ name, message, stack }) { JSON.stringify({ guest: { name, message, stack } }) }`
    const text = context
      .unwrapResult(context.evalCode(call, "inlay:guest"))
      .consume((result) => context.getString(result))
    const { value, guest } = JSON.parse(text)
    if (guest) throw new FunctionsError("FN_004", "The function threw.", { guest })
    return value
  } finally {
    context.dispose()
  }
}

async function read(files: Record<string, string>, argument?: unknown): Promise<WrittenConfiguration> {
  const session = bundler.session()
  try {
    const modules = { "inlay/functions": "export const defineFunction = (config) => config" }
    return await readConfiguration(await readUpload({ files }), argument, {
      organisation: "o",
      session,
      modules,
      evaluate,
    })
  } finally {
    session.close()
  }
}

describe("a configuration that is code", () => {
  test.each([
    ["function.config.ts", "export default { memory: 256 as number, environment: { A: 'file', B: 'file' } }"],
    ["function.config.mts", "export const memory = 256, environment = { A: 'file', B: 'file' }"],
    ["function.config.js", "module.exports = { memory: 256, environment: { A: 'file', B: 'file' } }"],
    ["function.config.mjs", "export default () => ({ memory: 256, environment: { A: 'file', B: 'file' } })"],
    [
      "function.config.ts",
      "import { defineFunction } from 'inlay/functions'; import base from './base.json'; export default defineFunction(base)",
    ],
  ])("is read from %s, and the argument wins", async (name, code) => {
    const base = '{"memory":256,"environment":{"A":"file","B":"file"}}'
    const configuration = await read(
      { [name]: code, "base.json": base },
      { environment: { B: "argument" }, timeout: 5 },
    )
    expect(configuration).toMatchObject({ memory: 256, timeout: 5, environment: { A: "file", B: "argument" } })
  })

  test("never runs in Node", async () => {
    const seen = "[typeof process, typeof __dirname, typeof globalThis.Buffer, typeof setImmediate].join()"
    const configuration = await read({ "function.config.ts": `export default { description: ${seen} }` })
    expect(configuration.description).toBe("undefined,undefined,undefined,undefined")
  })

  test("is refused with FN_005 where it cannot be bundled", async () => {
    for (const [code, line] of [
      ["export default {\n  memory: 256 memory\n}", 2],
      ["import fs from 'node:fs'\nexport default fs", 1],
      ["import secret from '../../secret.json'\nexport default secret", 1],
    ] as const) {
      await expect(read({ "function.config.ts": code })).rejects.toMatchObject({
        code: "FN_005",
        issues: [{ path: "function.config.ts", line }],
      })
    }
  })

  test("is refused with FN_006 and the author's own stack where it throws", async () => {
    const code = "type Unused = 1\n\nexport default () => { throw new RangeError('no idea') }"
    await expect(read({ "function.config.ts": code })).rejects.toMatchObject({
      code: "FN_006",
      message: expect.stringContaining("RangeError: no idea"),
      guest: { name: "RangeError", stack: expect.stringMatching(/\(function\.config\.ts:3:\d+\)$/m) },
    })
  })

  test.each(["export default 5", "export default null", "export default []", "export default () => undefined"])(
    "is refused with FN_006 where it is %j",
    async (code) => {
      await expect(read({ "function.config.ts": code })).rejects.toMatchObject({
        code: "FN_006",
        issues: [{ path: "function.config.ts" }],
      })
    },
  )

  test("is refused with FN_006 and its path where a key is unknown", async () => {
    await expect(read({ "function.config.ts": "export default { scaling: { most: 1 } }" })).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "scaling.most" }],
    })
  })

  test("leaves the failures of the service itself as they are", async () => {
    const busy = new FunctionsError("FN_008", "Busy.")
    const files = await readUpload({ files: { "function.config.ts": "export default {}" } })
    const session = bundler.session()
    const reading = readConfiguration(
      files,
      {},
      { organisation: "o", session, modules: {}, evaluate: () => Promise.reject(busy) },
    )
    await expect(reading).rejects.toBe(busy)
    session.close()
  })
})
