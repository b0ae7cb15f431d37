import { createHash } from "node:crypto"

/** An id like others, which is the same for the same notification: whoever makes it once more puts no other job. */
export function jobId(at: number, about: readonly string[]): string {
  const time = Math.round(at).toString(16).padStart(12, "0")
  const hash = createHash("sha256").update(JSON.stringify(about)).digest("hex")
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`
}
