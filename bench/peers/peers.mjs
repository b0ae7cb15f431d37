import { check, expressionSource, input } from "../tools/task.mjs"

const text = JSON.stringify(input)
const script = `JSON.stringify(${expressionSource}(JSON.parse(input)))`

/** Each peer by name: `prepare` answers a call that makes a fresh sandbox (`what`), runs the task in it and drops it. */
export const peers = {
  "quickjs-emscripten": {
    what: "a new context",
    rounds: { warmUp: 100, rounds: 5, perRound: 300 },
    async prepare() {
      const { newQuickJSWASMModuleFromVariant } = await import("quickjs-emscripten")
      const { default: variant } = await import("@jitl/quickjs-ng-wasmfile-release-sync")
      const quickjs = await newQuickJSWASMModuleFromVariant(variant)
      return () => {
        const context = quickjs.newContext()
        const handle = context.newString(text)
        context.setProp(context.global, "input", handle)
        handle.dispose()
        const result = context.unwrapResult(context.evalCode(script))
        check(context.getString(result))
        result.dispose()
        context.dispose()
      }
    },
  },
  "node:vm": {
    what: "a new context",
    rounds: { warmUp: 100, rounds: 5, perRound: 300 },
    async prepare() {
      const { Script, createContext } = await import("node:vm")
      const compiled = new Script(script)
      return () => check(compiled.runInContext(createContext({ input: text })))
    },
  },
  "isolated-vm": {
    what: "a new context",
    rounds: { warmUp: 100, rounds: 5, perRound: 300 },
    async prepare() {
      const { default: ivm } = await import("isolated-vm")
      const isolate = new ivm.Isolate({ memoryLimit: 128 })
      const compiled = await isolate.compileScript(script)
      return async () => {
        const context = await isolate.createContext()
        await context.global.set("input", text)
        check(await compiled.run(context))
        context.release()
      }
    },
  },
  "isolated-vm (isolate)": {
    what: "a new isolate",
    rounds: { warmUp: 30, rounds: 5, perRound: 100 },
    async prepare() {
      const { default: ivm } = await import("isolated-vm")
      return async () => {
        const isolate = new ivm.Isolate({ memoryLimit: 128 })
        const context = await isolate.createContext()
        await context.global.set("input", text)
        check(await (await isolate.compileScript(script)).run(context))
        isolate.dispose()
      }
    },
  },
  "@sebastianwessel/quickjs": {
    what: "runSandboxed()",
    rounds: { warmUp: 10, rounds: 3, perRound: 50 },
    async prepare() {
      const { loadQuickJs } = await import("@sebastianwessel/quickjs")
      const { default: variant } = await import("@jitl/quickjs-ng-wasmfile-release-sync")
      const { runSandboxed } = await loadQuickJs(variant)
      const code = `const { input } = env; export default ${script}`
      return async () => {
        const result = await runSandboxed(async ({ evalCode }) => evalCode(code), { env: { input: text } })
        if (!result.ok) throw new Error(String(result.error?.message))
        check(result.data)
      }
    },
  },
}
