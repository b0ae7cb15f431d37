/** Epoch milliseconds as seconds and nanoseconds: OpenTelemetry might take a plain number for a time since the process began. */
export function toHrTime(ms: number): [seconds: number, nanoseconds: number] {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
