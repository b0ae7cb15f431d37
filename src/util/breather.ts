/** Lets other work run from time to time: await it between steps of a long job. */
export function createBreather(busyMs = 5): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < busyMs) return undefined
    return new Promise((resolve) =>
      setImmediate(() => {
        since = performance.now()
        resolve()
      }),
    )
  }
}
