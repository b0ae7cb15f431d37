/** Whether it means several functions: `*` stands for any characters, none too. */
export function isPattern(name: string): boolean {
  return name.includes("*")
}

/** Whether a name is meant: null means every one, and what belongs to no function; a pattern or a name never means the latter. */
export function isNamed(pattern: string | null, name: string | null): boolean {
  if (pattern === null) return true
  if (name === null) return false
  return isPattern(pattern) ? matches(pattern.split("*"), name) : pattern === name
}

/** Looks for the pieces one after the other, so that no pattern takes long. */
function matches(pieces: readonly string[], name: string): boolean {
  const [first = "", ...others] = pieces
  const last = others.pop() ?? ""
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false
  let at = first.length
  for (const piece of others) {
    const found = name.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return at <= name.length - last.length
}
