/** Counts calls in this process, and tells its parent on demand. */
export function countJobs() {
  let calls = 0
  process.on("message", (text) => {
    if (text === "count") process.send(calls)
  })
  return () => {
    calls++
  }
}
