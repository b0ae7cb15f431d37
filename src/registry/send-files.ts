import type { BundlerChild } from "./bundler-child.ts"
import type { UploadFiles } from "./upload-collector.ts"

const batchBytes = 1024 * 1024

/** Sends an upload in batches, one after the other, so that a large one neither blocks this thread nor fills the channel. */
export async function sendFiles(child: BundlerChild, files: UploadFiles): Promise<void> {
  let batch: [string, Uint8Array][] = []
  let bytes = 0
  let first = true
  const flush = async (): Promise<void> => {
    await child.send({ type: "files", first, files: batch })
    first = false
    batch = []
    bytes = 0
  }
  for (const [path, content] of files) {
    batch.push([path, content])
    bytes += content.length + path.length
    if (bytes >= batchBytes) await flush()
  }
  if (first || batch.length > 0) await flush()
}
