import { readFile, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import { MessageChannel, Worker } from "node:worker_threads"
import { defaultBounds } from "../src/sandbox/call-bounds.ts"
import type { Snapshot } from "../src/sandbox/engine/snapshot.ts"
import { type FromThread, sharedWords } from "../src/sandbox/protocol.ts"

/** Writes down what the guest's web APIs leave in an engine's memory. */
export async function writeBaseImage(folder: string): Promise<void> {
  await writeFile(`${folder}/base.image`, toBaseImage(await bootBase(folder)))
}

/** Has the built worker boot the guest's web APIs. */
export async function bootBase(folder: string): Promise<Snapshot> {
  const compiled = new WebAssembly.Module(await readFile(`${folder}/engine.wasm`))
  const shared = new Int32Array(new SharedArrayBuffer(sharedWords * 4))
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(resolve(folder, "sandbox.js"), {
    workerData: { compiled, shared, port: port2, origin: 0, bounds: defaultBounds, bootsBase: true },
    transferList: [port2],
    resourceLimits: { stackSizeMb: 16 },
    env: {},
    execArgv: [],
  })
  const message = await new Promise<FromThread>((settle, reject) => {
    port1.once("message", settle)
    worker.once("error", reject)
    worker.once("exit", () => reject(new Error("Cannot boot the sandbox: its thread ended.")))
  })
  await worker.terminate()
  if (message.type === "ready") return message.base
  throw new Error(`Cannot boot the sandbox: its thread told "${message.type}" first.`)
}

/** In the form that `src/sandbox/engine/base-image.ts` reads. */
function toBaseImage({ addresses, breakAddress, topAddress, low, heap }: Snapshot): Uint8Array {
  const head = Buffer.from(JSON.stringify({ addresses, breakAddress, topAddress, lowBytes: low.length }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length)
  return Buffer.concat([length, head, low, heap])
}
