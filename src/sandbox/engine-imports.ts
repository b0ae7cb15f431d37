/** Which of a build's imports is which, by the names that its minifier chose. */
export interface EngineImportNames {
  readonly clocks: readonly string[]
  readonly localTime: string
  readonly timeZone: string
}

/** Guests live in UTC and see none of the host's time zone; reads of a clock are counted. */
export function isolateImports(
  imports: WebAssembly.Imports,
  names: EngineImportNames,
  memory: WebAssembly.Memory,
  onClock: () => void,
): void {
  const functions = Object.values(imports)[0] as Record<string, (...args: never[]) => unknown>
  for (const name of names.clocks) {
    const clock = functions[name]
    if (!clock) throw new Error(`Cannot find the sandbox engine's clock "${name}".`)
    functions[name] = (...args) => {
      onClock()
      return clock(...args)
    }
  }
  functions[names.localTime] = ((seconds: bigint, pointer: number) => {
    const date = new Date(Number(seconds) * 1000)
    const startOfYear = Date.UTC(date.getUTCFullYear(), 0, 1)
    const dayOfYear = Math.floor((date.getTime() - startOfYear) / 86_400_000)
    const fields = [
      date.getUTCSeconds(),
      date.getUTCMinutes(),
      date.getUTCHours(),
      date.getUTCDate(),
      date.getUTCMonth(),
      date.getUTCFullYear() - 1900,
      date.getUTCDay(),
      dayOfYear,
      0,
      0,
    ]
    new Int32Array(memory.buffer, pointer, fields.length).set(fields)
  }) as never
  functions[names.timeZone] = ((zone: number, daylight: number, standardName: number, daylightName: number) => {
    const view = Buffer.from(memory.buffer)
    view.writeInt32LE(0, zone)
    view.writeInt32LE(0, daylight)
    view.write("UTC\0", standardName)
    view.write("UTC\0", daylightName)
  }) as never
}
