/** The oldest Node.js that the service runs on, as `engines` of the package says. */
const oldest = [20, 19] as const

/** Throws where the Node.js is older than that: what it lacks would end the host's process later, in the middle of its work. */
export function checkNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
  throw new Error(`Cannot start Inlay: it needs Node.js ${oldest.join(".")} or newer, and this is ${version}.`)
}
