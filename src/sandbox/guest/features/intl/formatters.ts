import { construct, create, defineProperty, uncurry } from "../../primordials.ts"
import { ask, writeLocales, writeNumber, writeNumeric, writeOptions, writeText, writeTexts, writeTime } from "./ask.ts"
import { makeSegments, type Segment } from "./segments.ts"

interface State {
  readonly type: string
  readonly locales: string
  readonly options: string
  bound: unknown
}

type Write = (value: unknown) => string

const states = new WeakMap<object, State>()
const getState = uncurry(WeakMap.prototype.get) as (map: unknown, key: object) => State | undefined
const setState = uncurry(WeakMap.prototype.set) as (map: unknown, key: object, state: State) => unknown

const asNumber: Write = (value) => writeNumber(+(value as number))
const range = (write: Write): readonly Write[] => [givenOnly(write), givenOnly(write)]

/** Each formatter's methods with what they take. Those in `bound` are functions that a getter gives. */
const formatters: Readonly<Record<string, Readonly<Record<string, readonly Write[]>>>> = {
  Collator: { compare: [writeText, writeText] },
  DateTimeFormat: {
    format: [writeTime],
    formatToParts: [writeTime],
    formatRange: range(writeTime),
    formatRangeToParts: range(writeTime),
  },
  DisplayNames: { of: [writeText] },
  ListFormat: { format: [writeTexts], formatToParts: [writeTexts] },
  NumberFormat: {
    format: [writeNumeric],
    formatToParts: [writeNumeric],
    formatRange: range(writeNumeric),
    formatRangeToParts: range(writeNumeric),
  },
  PluralRules: { select: [asNumber], selectRange: range(asNumber) },
  RelativeTimeFormat: { format: [asNumber, writeText], formatToParts: [asNumber, writeText] },
  Segmenter: { segment: [writeText] },
}
const bound: Readonly<Record<string, string>> = {
  Collator: "compare",
  DateTimeFormat: "format",
  NumberFormat: "format",
}

/** `globalThis.Intl`: the host formats, as its own `Intl` does; the zone is UTC unless one is asked for. */
export const intl: object = {}
defineProperty(intl, Symbol.toStringTag, { value: "Intl", configurable: true })
for (const type in formatters) defineHidden(intl, type, makeFormatter(type))
defineMethods(intl, {
  getCanonicalLocales(locales: unknown): unknown {
    return ask("Intl", "getCanonicalLocales", writeLocales(locales), "null", "")
  },
  supportedValuesOf(key: unknown): unknown {
    return ask("Intl", "supportedValuesOf", "null", "null", writeText(key))
  },
})

function makeFormatter(type: string): object {
  const callable = type in bound
  const Formatter = function (this: unknown, locales?: unknown, options?: unknown): object {
    if (new.target === undefined && !callable) throw new TypeError("Intl." + type + " needs new")
    const self = construct(Object, [], new.target ?? Formatter) as object
    const state = { type, locales: writeLocales(locales), options: writeOptions(options), bound: undefined }
    ask(type, "", state.locales, state.options, "")
    setState(states, self, state)
    return self
  } as unknown as { prototype: object }
  defineProperty(Formatter, "name", { value: type, configurable: true })
  defineProperty(Formatter, "length", { value: type === "DisplayNames" ? 2 : 0, configurable: true })
  const prototype = create(Object.prototype) as object
  defineProperty(Formatter, "prototype", { value: prototype, writable: false })
  defineHidden(prototype, "constructor", Formatter)
  defineProperty(prototype, Symbol.toStringTag, { value: "Intl." + type, configurable: true })
  defineMethods(Formatter, {
    supportedLocalesOf(locales: unknown, options?: unknown): unknown {
      return ask(type, "supportedLocalesOf", writeLocales(locales), writeOptions(options), "")
    },
  })
  defineMethods(prototype, {
    resolvedOptions(this: unknown): unknown {
      return use(stateOf(this, type), "resolvedOptions", "")
    },
  })
  const methods = formatters[type] as Readonly<Record<string, readonly Write[]>>
  for (const name in methods) defineMethod(prototype, type, name, methods[name] as readonly Write[])
  return Formatter
}

function defineMethod(prototype: object, type: string, name: string, writes: readonly Write[]): void {
  const perform = (state: State, given: ArrayLike<unknown>): unknown => {
    let text = ""
    for (let index = 0; index < writes.length; index++) {
      text += (index > 0 ? "," : "") + (writes[index] as Write)(given[index])
    }
    const value = use(state, name, text)
    return type === "Segmenter" ? makeSegments(value as Segment[]) : value
  }
  if (bound[type] === name) {
    const get = function (this: unknown): unknown {
      const state = stateOf(this, type)
      state.bound ??= (...given: unknown[]) => perform(state, given)
      return state.bound
    }
    defineProperty(prototype, name, { get, configurable: true })
    return
  }
  const { method } = {
    method(this: unknown, ...given: unknown[]): unknown {
      return perform(stateOf(this, type), given)
    },
  }
  defineProperty(method, "name", { value: name, configurable: true })
  defineProperty(method, "length", { value: writes.length, configurable: true })
  defineHidden(prototype, name, method)
}

function stateOf(value: unknown, type: string): State {
  const state = getState(states, value as object)
  if (state?.type !== type) throw new TypeError("This is no Intl." + type)
  return state
}

function use(state: State, method: string, given: string): unknown {
  return ask(state.type, method, state.locales, state.options, given)
}

function givenOnly(write: Write): Write {
  return (value) => {
    if (value === undefined) throw new TypeError("A range needs a start and an end")
    return write(value)
  }
}

function defineMethods(on: object, methods: Readonly<Record<string, unknown>>): void {
  for (const name in methods) defineHidden(on, name, methods[name])
}

function defineHidden(on: object, name: string, value: unknown): void {
  defineProperty(on, name, { value, writable: true, configurable: true })
}
