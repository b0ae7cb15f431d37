/** A mount's prefix as paths begin with it: no slash at its end, empty at the root. */
export function normalisePrefix(prefix: string | undefined): string {
  const inner = (prefix ?? "").replace(/^\/+|\/+$/g, "")
  return inner === "" ? "" : `/${inner}`
}

/**
 * The path of an absolute URL below the prefix, not decoded, without slashes at its end; null where it is not below it.
 * Takes text apart instead of making a `URL`, because every call passes here.
 */
export function toRequestPath(url: string, prefix: string): string | null {
  const start = url.indexOf("/", url.indexOf("://") + 3)
  if (start === -1) return prefix === "" ? "/" : null
  let end = url.length
  for (let index = start; index < url.length; index++) {
    const character = url.charCodeAt(index)
    if (character === 63 || character === 35) {
      end = index
      break
    }
  }
  const below = start + prefix.length
  if (prefix !== "" && (!url.startsWith(prefix, start) || (below < end && url.charCodeAt(below) !== 47))) return null
  while (end > below && url.charCodeAt(end - 1) === 47) end--
  return below >= end ? "/" : url.slice(below, end)
}
