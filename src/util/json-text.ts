/** How deep objects and lists may hold one another in what comes from outside: much deeper ones fit on nobody's stack. */
export const maxNesting = 1000

/** Whether a JSON text nests deeper than `maxNesting`; of a text that is no JSON it says nothing. */
export function nestsTooDeep(text: string): boolean {
  const steps = measure(text)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same of a long text, without keeping the event loop from its other work. */
export async function nestsTooDeepInSlices(text: string): Promise<boolean> {
  const steps = measure(text)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Characters that are looked at together, which takes about a millisecond. */
const stepChars = 262_144

function* measure(text: string): Generator<void, boolean> {
  // Whatever was opened must be closed.
  if (text.length <= 2 * maxNesting) return false
  let depth = 0
  for (let index = 0; index < text.length; ) {
    const end = index + stepChars
    for (; index < end && index < text.length; index = nextInJson(text, index, text.length)) {
      depth += nesting(text.charCodeAt(index))
      if (depth > maxNesting) return true
    }
    if (index < text.length) yield
  }
  return false
}

const quote = 0x22
const backslash = 0x5c

/** How many levels deeper it goes behind a character that stands in no string. */
export function nesting(code: number): number {
  if (code === 0x7b || code === 0x5b) return 1
  return code === 0x7d || code === 0x5d ? -1 : 0
}

/** Where the text goes on after a character, or after the string that begins with it. */
export function nextInJson(text: string, index: number, limit: number): number {
  let at = index + 1
  if (text.charCodeAt(index) !== quote) return at
  while (at < limit && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1
  return at + 1
}
