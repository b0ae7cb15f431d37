import type { UploadFiles } from "./upload-collector.ts"

/** Where the upload stands in the resolver's eyes; nothing stands beside it, so nothing outside can be found. */
export const uploadRoot = "/upload"

/** The part of Node's file system that the resolver asks for, answered from an upload alone. */
export interface UploadFileSystem {
  statSync(path: string): { isFile(): boolean; isDirectory(): boolean }
  readFileSync(path: string): Buffer
  readlinkSync(path: string): string
  readdirSync(path: string): string[]
}

/** Serves an upload as read-only files below `uploadRoot`. */
export function createUploadFileSystem(files: UploadFiles): UploadFileSystem {
  const folders = new Set(["/", uploadRoot])
  for (const path of files.keys()) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = `${uploadRoot}/${path.slice(0, end)}`
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  const fileAt = (path: string): Uint8Array | undefined =>
    path.startsWith(`${uploadRoot}/`) ? files.get(path.slice(uploadRoot.length + 1)) : undefined

  return {
    statSync(path) {
      const plain = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path
      if (fileAt(plain)) return { isFile: () => true, isDirectory: () => false }
      if (folders.has(plain)) return { isFile: () => false, isDirectory: () => true }
      throw absent("ENOENT")
    },
    readFileSync(path) {
      const bytes = fileAt(path)
      if (!bytes) throw absent(folders.has(path) ? "EISDIR" : "ENOENT")
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    },
    readlinkSync(path) {
      throw absent(fileAt(path) || folders.has(path) ? "EINVAL" : "ENOENT")
    },
    readdirSync() {
      throw absent("ENOENT")
    },
  }
}

function absent(code: string): Error {
  return Object.assign(new Error(code), { code })
}
