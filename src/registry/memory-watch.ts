import { readFile } from "node:fs/promises"

/**
 * Calls `onOver` once when a process and its children together keep more than `maxBytes` resident. Works where there is a
 * `/proc`, and does nothing elsewhere. Answers the function that ends the watch.
 */
export function watchMemory(pid: number, maxBytes: number, onOver: () => void): () => void {
  if (process.platform !== "linux") return () => undefined
  let timer: NodeJS.Timeout | undefined
  let over = false
  const look = async (): Promise<void> => {
    const bytes = await residentBytes(pid)
    if (over) return
    if (bytes > maxBytes) {
      over = true
      onOver()
    } else timer = setTimeout(look, 50).unref()
  }
  timer = setTimeout(look, 50).unref()
  return () => {
    over = true
    clearTimeout(timer)
  }
}

async function residentBytes(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "")
  const pids = [String(pid), ...children.split(" ").filter((child) => child !== "")]
  const sizes = await Promise.all(
    pids.map(async (each) => {
      const status = await readFile(`/proc/${each}/status`, "utf8").catch(() => "")
      return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
