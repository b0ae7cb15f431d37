import { dateTime, defineProperty, uncurry } from "../../primordials.ts"
import { toDOMString } from "../../webidl.ts"
import { ask, writeLocales, writeNumber, writeNumeric, writeOptions, writeText } from "./ask.ts"

const numberValue = uncurry(Number.prototype.valueOf)
const bigIntValue = uncurry(BigInt.prototype.valueOf)

/** Gives the built-in classes the methods that know of locales. */
export function patchPrototypes(): void {
  for (const name of ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"]) {
    define(Date.prototype, name, function (this: unknown, locales?: unknown, options?: unknown): unknown {
      const time = dateTime(this)
      if (time - time !== 0) return "Invalid Date"
      return ask("Date", name, writeLocales(locales), writeOptions(options), writeNumber(time))
    })
  }
  for (const name of ["toLocaleUpperCase", "toLocaleLowerCase"]) {
    define(String.prototype, name, function (this: unknown, locales?: unknown): unknown {
      return ask("String", name, writeLocales(locales), "null", textOf(this))
    })
  }
  define(
    String.prototype,
    "localeCompare",
    function (this: unknown, that: unknown, locales?: unknown, options?: unknown): unknown {
      return ask(
        "Collator",
        "compare",
        writeLocales(locales),
        writeOptions(options),
        textOf(this) + "," + writeText(that),
      )
    },
    1,
  )
  define(Number.prototype, "toLocaleString", function (this: number, locales?: unknown, options?: unknown): unknown {
    return formatNumber(numberValue(this), locales, options)
  })
  define(BigInt.prototype, "toLocaleString", function (this: bigint, locales?: unknown, options?: unknown): unknown {
    return formatNumber(bigIntValue(this), locales, options)
  })
  for (const prototype of [Array.prototype, Object.getPrototypeOf(Uint8Array.prototype) as object]) {
    define(prototype, "toLocaleString", joinLocal)
  }
}

function joinLocal(this: ArrayLike<unknown>, locales?: unknown, options?: unknown): string {
  let text = ""
  for (let index = 0; index < this.length; index++) {
    if (index > 0) text += ","
    const item = this[index]
    if (item === undefined || item === null) continue
    text += toDOMString((item as { toLocaleString(...given: unknown[]): unknown }).toLocaleString(locales, options))
  }
  return text
}

function formatNumber(value: unknown, locales: unknown, options: unknown): unknown {
  return ask("NumberFormat", "format", writeLocales(locales), writeOptions(options), writeNumeric(value))
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) throw new TypeError("Cannot make text of " + value)
  return writeText(value)
}

function define(prototype: object, name: string, method: unknown, length = 0): void {
  defineProperty(method, "name", { value: name, configurable: true })
  defineProperty(method, "length", { value: length, configurable: true })
  defineProperty(prototype, name, { value: method, writable: true, configurable: true })
}
