import { refuseEntry } from "./upload-error.ts"

const maxPathLength = 1024
const maxDepth = 100

/**
 * The path under which an upload's file is kept: relative, posix, without empty and `.` segments, in Unicode form C.
 * Throws `FN_005` for every name that could mean a place outside of the upload or that would break a stack or a log.
 */
export function toUploadPath(name: string): string {
  // First, because some characters become others by it: the sign for kelvin becomes K, and so a drive's letter.
  const normal = name.normalize("NFC")
  const fault = faultOf(normal)
  if (fault) throw refuseEntry(name, fault)
  const segments = normal.split("/").filter((segment) => segment !== "" && segment !== ".")
  if (segments.length === 0) throw refuseEntry(name, "names no file")
  if (segments.includes("..")) throw refuseEntry(name, "leads outside of the upload")
  if (segments.length > maxDepth) throw refuseEntry(name, `lies more than ${maxDepth} folders deep`)
  const path = segments.join("/")
  if (hasDrive(path)) throw refuseEntry(name, "begins with a drive letter")
  return path
}

/** What two paths have in common that some file system would not tell apart: letter case and Unicode form. */
export function toPathKey(path: string): string {
  // Lower case first: the capital sharp s has no other upper case, and its small one has two letters.
  return path.normalize("NFC").toLowerCase().toUpperCase().toLowerCase().normalize("NFC")
}

/** Whether a path is only what an operating system or an archiver leaves behind. */
export function isLitter(path: string): boolean {
  return path === "__MACOSX" || path.startsWith("__MACOSX/") || path === ".DS_Store" || path.endsWith("/.DS_Store")
}

function faultOf(name: string): string | undefined {
  if (name === "") return "has no name"
  if (name.length > maxPathLength) return `has a name of more than ${maxPathLength} characters`
  if (name.includes("\0")) return "has a NUL character in its name"
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name)) return "has a control character in its name"
  if (name.includes("\\")) return "has a backslash in its name"
  if (name.startsWith("/")) return "has an absolute path"
  return undefined
}

function hasDrive(path: string): boolean {
  return /^[A-Za-z]:/.test(path)
}
