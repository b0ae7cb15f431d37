import type { EngineMemory } from "./engine-memory.ts"

/** Which of a build's imports is which, by the names that its minifier chose. */
export interface EngineImportNames {
  /** What `Date` reads; one of the clocks. */
  readonly wallClock: string
  readonly clocks: readonly string[]
  readonly localTime: string
  readonly timeZone: string
  readonly resizeHeap: string
  /** Those through which the host writes a little to where an argument points, other than clocks, local time and zone. */
  readonly writers: readonly string[]
}

/** More than a writer writes: the longest is the engine's own environment, some 120 bytes. */
const writtenBytes = 4096
/** What a clock writes. */
const timeBytes = 8

/** What an engine hears of its imports. */
export interface ImportListener {
  /** The guest read a clock; gives the time that `Date` is to show in place of the machine's. */
  clockRead(): number | undefined
  /** The memory could not grow any more. */
  memoryExhausted(): unknown
}

/** Guests live in UTC and see none of the host's time zone; reads of a clock and failures to grow are told. */
export function isolateImports(
  imports: WebAssembly.Imports,
  names: EngineImportNames,
  memory: EngineMemory,
  listener: ImportListener,
): void {
  const functions = Object.values(imports)[0] as Record<string, ((...args: never[]) => unknown) | undefined>
  for (const name of names.writers) {
    const write = functions[name]
    if (!write) throw new Error(`Cannot find what the sandbox engine has written to: "${name}".`)
    functions[name] = (...args) => {
      for (const address of args as readonly number[]) memory.toWrite(address, writtenBytes)
      return write(...args)
    }
  }
  for (const name of names.clocks) {
    const clock = functions[name]
    if (!clock) throw new Error(`Cannot find the sandbox engine's clock "${name}".`)
    functions[name] = (...args) => {
      const shown = listener.clockRead()
      if (shown !== undefined && name === names.wallClock) return shown
      const [, , result] = args as readonly (number | undefined)[]
      if (result !== undefined) memory.toWrite(result, timeBytes)
      return clock(...args)
    }
  }
  const resize = functions[names.resizeHeap]
  if (!resize) throw new Error(`Cannot find how the sandbox engine grows: "${names.resizeHeap}".`)
  functions[names.resizeHeap] = (...args) => {
    const grown = resize(...args)
    if (!grown) listener.memoryExhausted()
    return grown
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
    new Int32Array(memory.toWrite(pointer, 4 * fields.length).buffer, pointer, fields.length).set(fields)
  }) as never
  functions[names.timeZone] = ((zone: number, daylight: number, standardName: number, daylightName: number) => {
    memory.toWrite(zone, 4).writeInt32LE(0, zone)
    memory.toWrite(daylight, 4).writeInt32LE(0, daylight)
    memory.toWrite(standardName, 4).write("UTC\0", standardName)
    memory.toWrite(daylightName, 4).write("UTC\0", daylightName)
  }) as never
}
