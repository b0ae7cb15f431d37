import { build } from "esbuild"
import { guestScript } from "../../scripts/guest-script.mjs"
import type { RuntimeVersion } from "../../src/ports/runtime.ts"
import { writeCallHead } from "../../src/sandbox/call/call-head.ts"
import { Engine } from "../../src/sandbox/engine/engine.ts"
import { compileEngine } from "../../src/sandbox/engine/engine-build.ts"
import { Instance } from "../../src/sandbox/engine/instance.ts"
import { captureBase, type Snapshot, toPrivate } from "../../src/sandbox/engine/snapshot.ts"

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

/** A booted base, and instances that begin with it. */
export interface Sandboxes {
  readonly base: Snapshot
  newInstance(memoryMb?: number): Promise<Instance>
}

/** Boots the base and makes instances as a sandbox thread does. */
export async function openSandboxes(): Promise<Sandboxes> {
  const compiled = compileEngine()
  const host = (op: string) => (op === "random" ? new Uint8Array(16) : undefined)
  const callbacks = { host, shouldInterrupt: () => false }
  const first = await Engine.create(compiled, 64, callbacks)
  const base = toPrivate(captureBase(first, first.boot(await readGuestScript())))
  const newInstance = async (memoryMb = 64) => {
    const engine = await Engine.create(compiled, memoryMb, callbacks)
    engine.adopt(base.addresses)
    return new Instance(engine, base)
  }
  return { base, newInstance }
}

/** Evaluates a module in an instance that was restored to the base. */
export function evaluate({ engine }: Instance, code: string): void {
  engine.dispatch("loading")
  engine.loadModule(code, "bundle.js", '{"exportName":"default"}')
}

/** Calls the module that an instance holds. */
export function start({ engine }: Instance, body: string): void {
  const head = writeCallHead({
    seed: "[1,2,3,4]",
    invocationId: "i",
    traceId: "t",
    functionName: "",
    deadline: 0,
    kind: "event",
    environment: "{}",
    streams: false,
    request: undefined,
    call: 1,
    keeps: false,
  })
  engine.dispatch("start", head, body)
}

async function instanceAfter(versions: readonly RuntimeVersion[]): Promise<Instance> {
  const { base, newInstance } = await openSandboxes()
  const instance = await newInstance()
  for (const { organisation, code } of versions) {
    instance.restore(organisation, base)
    evaluate(instance, code)
    start(instance, "1")
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
