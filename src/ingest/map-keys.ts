/** Makes what gives the key under which a source's key is stored; one that nothing is said of stays as it is. */
export function createKeyMapping(keys: Readonly<Record<string, string>>): (key: string) => string {
  const whole = new Map<string, string>()
  const beginnings: { readonly from: string; readonly to: string }[] = []
  for (const [from, to] of Object.entries(keys)) {
    if (from.endsWith("*")) beginnings.push({ from: from.slice(0, -1), to: to.slice(0, -1) })
    else whole.set(from, to)
  }
  beginnings.sort((a, b) => b.from.length - a.from.length)
  return (key) => {
    const named = whole.get(key)
    if (named !== undefined) return named
    const begun = beginnings.find(({ from }) => key.startsWith(from))
    return begun === undefined ? key : begun.to + key.slice(begun.from.length)
  }
}
