import { build, transform } from "esbuild"
import { buildUpload } from "./build.ts"
import type { BundlerReply, BundlerRequest } from "./bundler-protocol.ts"

// The whole of one bundler process: it is started for one upload and killed afterwards.

const files = new Map<string, Uint8Array>()

// esbuild starts its own process on its first call: better now than when the files have come.
transform("").catch(() => undefined)

process.on("message", (request: BundlerRequest) => {
  if (request.type === "files") {
    if (request.first) files.clear()
    for (const [path, bytes] of request.files) files.set(path, bytes)
    return
  }
  const { order } = request
  buildUpload({ build, transform }, files, order).then(
    (outcome) => reply({ id: order.id, outcome }),
    () => reply({ id: order.id, outcome: { type: "crashed" } }),
  )
})

// The host is gone. Where this process leads a group, esbuild's process is in it.
process.on("disconnect", () => {
  try {
    process.kill(-process.pid, "SIGKILL")
  } catch {
    process.exit()
  }
})

function reply(message: BundlerReply): void {
  process.send?.(message)
}
