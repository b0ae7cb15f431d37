import { build } from "esbuild"
import { guestScript } from "../../scripts/guest-script.mjs"
import type { RuntimeVersion } from "../../src/ports/runtime.ts"
import { Engine } from "../../src/sandbox/engine.ts"
import { compileEngine } from "../../src/sandbox/engine-build.ts"
import { Instance } from "../../src/sandbox/instance.ts"
import { captureBase, toPrivate } from "../../src/sandbox/snapshot.ts"

/** All bytes of one instance's memory after one call of each version, in order. */
export async function memoryAfter(versions: readonly RuntimeVersion[]): Promise<Buffer> {
  const { engine } = await instanceAfter(versions)
  return Buffer.from(engine.bytes)
}

/** The image of the last of these calls, which waits. */
export async function imageAfter(versions: readonly RuntimeVersion[]): Promise<Buffer> {
  const instance = await instanceAfter(versions)
  return Buffer.from(instance.capture().bytes)
}

async function instanceAfter(versions: readonly RuntimeVersion[]): Promise<Instance> {
  const compiled = compileEngine()
  const host = (op: string) => (op === "random" ? new Uint8Array(16) : undefined)
  const callbacks = { host, shouldInterrupt: () => false }
  const first = await Engine.create(compiled, 64, callbacks)
  const base = toPrivate(captureBase(first, first.boot(await readGuestScript())))
  const engine = await Engine.create(compiled, 64, callbacks)
  engine.adopt(base.addresses)
  const instance = new Instance(engine, base)
  for (const { organisation, code } of versions) {
    instance.restore(organisation, base)
    engine.dispatch("loading")
    engine.loadModule(code, "bundle.js", '{"exportName":"default"}')
    const fields = { seed: [1, 2, 3, 4], invocationId: "i", traceId: "t", deadline: 0, env: {}, kind: "event" }
    engine.dispatch("start", JSON.stringify(fields), "1")
  }
  return instance
}

async function readGuestScript(): Promise<string> {
  const result = await build({
    stdin: { contents: 'export { default } from "#guest-script"', resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "esm",
    plugins: [guestScript],
  })
  const code = Buffer.from(result.outputFiles[0]?.contents ?? "").toString("base64")
  const { default: script } = (await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`)) as {
    default: string
  }
  return script
}
