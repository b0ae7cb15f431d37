import { nesting, nextInJson } from "./json-text.ts"

/** Milliseconds of one turn of the event loop that all parses together may take. */
const turnMs = 5

/** One parse that is under way. */
interface Parse {
  readonly steps: Iterator<void, unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

const underWay: Parse[] = []

/** What to make of a text. */
export interface Reading {
  /** Whether an object's member is taken. */
  takes(key: string): boolean
  /** Parses a part, which is JSON itself or throws `SyntaxError`, by the same rule. */
  parse(part: string): unknown
}

/**
 * What `JSON.parse` gives for a long text, without keeping the event loop from its other work. Rejects with a
 * `SyntaxError` where the text is no JSON.
 */
export function parseInSlices(text: string, reading: Reading): Promise<unknown> {
  return new Promise((resolve, reject) => {
    underWay.push({ steps: new SlicedText(text, reading).read(), resolve, reject })
    if (underWay.length === 1) setImmediate(advance)
  })
}

/** Parses take turns. */
function advance(): void {
  const until = performance.now() + turnMs
  while (underWay.length > 0 && performance.now() < until) {
    const parse = underWay[0] as Parse
    let over = true
    try {
      const { done, value } = parse.steps.next()
      if (done) parse.resolve(value)
      else over = false
    } catch (error) {
      parse.reject(error)
    }
    underWay.shift()
    if (!over) underWay.push(parse)
  }
  if (underWay.length > 0) setImmediate(advance)
}

/** Characters of an array's members that are parsed together. */
const stepChars = 16_384
/** An object or array that is no longer is parsed whole. Longer objects of many keys are costly to make twice. */
const smallChars = 1024
const mostUnscanned = 1024

type Steps<Result> = Generator<void, Result>

/** An object or array that has not ended. */
interface Open {
  readonly value: unknown[] | Record<string, unknown>
  /** The key of the member that is being read. */
  key: string
}

class SlicedText {
  readonly #text: string
  readonly #reading: Reading
  #at = 0
  /** How often not to look ahead. */
  #unscanned = 0
  #failedScans = 0

  constructor(text: string, reading: Reading) {
    this.#text = text
    this.#reading = reading
  }

  *read(): Steps<unknown> {
    const outer: Open[] = []
    let open: Open | undefined
    for (;;) {
      yield
      if (open && Array.isArray(open.value)) {
        if (this.#takeMembers(open.value)) continue
      } else if (open) {
        open.key = yield* this.#string()
        yield* this.#take(":")
      }
      let value: unknown
      const first = yield* this.#sign()
      const isContainer = first === "{" || first === "["
      const end = isContainer ? this.#scan(smallChars, endOfContainer) : -1
      if (end !== -1) {
        value = this.#reading.parse(this.#text.slice(this.#at, end))
        this.#at = end
      } else if (isContainer) {
        this.#at++
        if (open) outer.push(open)
        open = { value: first === "{" ? {} : [], key: "" }
        if ((yield* this.#sign()) !== closing(open)) continue
        this.#at++
        value = open.value
        open = outer.pop()
      } else value = first === '"' ? yield* this.#string() : this.#scalar()

      // With a member, what it is the last of may be whole.
      for (;;) {
        if (!open) {
          if ((yield* this.#sign()) !== "") throw this.#unexpected()
          return value
        }
        if (Array.isArray(open.value)) open.value.push(value)
        else if (this.#reading.takes(open.key)) open.value[open.key] = value
        if ((yield* this.#sign()) === ",") break
        yield* this.#take(closing(open))
        value = open.value
        open = outer.pop()
      }
      this.#at++
    }
  }

  /** Takes the whole members of an array that the next step's characters hold, up to the last comma; false for none. */
  #takeMembers(array: unknown[]): boolean {
    const comma = this.#scan(stepChars, lastComma)
    if (comma === -1) return false
    const members = this.#text.slice(this.#at, comma)
    if (members.trim() === "") throw this.#unexpected()
    this.#at = comma + 1
    for (const value of this.#reading.parse(`[${members}]`) as unknown[]) array.push(value)
    return true
  }

  /** Looks ahead, but for a while no more where it found nothing, time after time: -1. */
  #scan(chars: number, find: typeof lastComma): number {
    if (this.#unscanned > 0) {
      this.#unscanned--
      return -1
    }
    const found = find(this.#text, this.#at, Math.min(this.#at + chars, this.#text.length))
    this.#failedScans = found === -1 ? this.#failedScans + 1 : 0
    if (found === -1) this.#unscanned = Math.min(2 ** this.#failedScans, mostUnscanned)
    return found
  }

  /** A string of any length: in pieces, none of which ends within an escape. */
  *#string(): Steps<string> {
    yield* this.#take('"')
    const text = this.#text
    const pieces: unknown[] = []
    for (;;) {
      const start = this.#at
      let at = start
      let code = text.charCodeAt(at)
      while (code !== quote && at - start < stepChars && at < text.length) {
        at += code !== backslash ? 1 : text.charAt(at + 1) === "u" ? 6 : 2
        code = text.charCodeAt(at)
      }
      pieces.push(JSON.parse(`"${text.slice(start, at)}"`))
      this.#at = at
      if (code === quote) break
      if (at >= text.length) throw this.#unexpected()
      yield
    }
    this.#at++
    return pieces.join("")
  }

  #scalar(): unknown {
    const start = this.#at
    while (this.#at < this.#text.length && !isEnd(this.#text.charCodeAt(this.#at))) this.#at++
    return JSON.parse(this.#text.slice(start, this.#at))
  }

  /** The next character that is no space. */
  *#sign(): Steps<string> {
    for (let passed = 1; isSpace(this.#text.charCodeAt(this.#at)); passed++) {
      this.#at++
      if (passed % stepChars === 0) yield
    }
    return this.#text.charAt(this.#at)
  }

  *#take(expected: string): Steps<void> {
    if ((yield* this.#sign()) !== expected) throw this.#unexpected()
    this.#at++
  }

  #unexpected(): SyntaxError {
    const where = this.#at < this.#text.length ? `at position ${this.#at}` : "at its end"
    return new SyntaxError(`Unexpected character in JSON ${where}`)
  }
}

const quote = 0x22
const backslash = 0x5c

function closing(open: Open): "]" | "}" {
  return Array.isArray(open.value) ? "]" : "}"
}

/** The last comma that stands between members of the array that the text is in; -1 for none. */
function lastComma(text: string, from: number, limit: number): number {
  let comma = -1
  let depth = 0
  for (let index = from; index < limit && depth >= 0; index = nextInJson(text, index, limit)) {
    const code = text.charCodeAt(index)
    if (code === 0x2c && depth === 0) comma = index
    depth += nesting(code)
  }
  return comma
}

/** The end of the object or array that begins here; -1 where it is beyond the limit. */
function endOfContainer(text: string, from: number, limit: number): number {
  let depth = 0
  for (let index = from; index < limit; index = nextInJson(text, index, limit)) {
    depth += nesting(text.charCodeAt(index))
    if (depth === 0) return index + 1
  }
  return -1
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** Whether a number or word ends before this. */
function isEnd(code: number): boolean {
  return code === 0x2c || code === 0x5d || code === 0x7d || isSpace(code)
}
