import { readDirectory } from "./directory.ts"
import { createUploadCollector, defaultUploadLimits, type UploadFiles, type UploadLimits } from "./upload-collector.ts"
import { refuseUpload } from "./upload-error.ts"
import { isLitter, toUploadPath } from "./upload-path.ts"
import { readZip } from "./zip.ts"

/** What comes in: exactly one of the four. */
export interface UploadInput {
  /** Code text; it becomes `index.ts`. */
  readonly source?: string | undefined
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined
  /** A folder of the host's disk. */
  readonly directory?: string | undefined
  readonly zip?: Uint8Array | undefined
}

/** Reads an upload into memory; `TypeError` where it is not one of the four kinds, `FN_005` where its content is refused. */
export async function readUpload(input: UploadInput, limits: Partial<UploadLimits> = {}): Promise<UploadFiles> {
  const { source, files, directory, zip } = input
  const given = [source, files, directory, zip].filter((kind) => kind !== undefined).length
  if (given !== 1) {
    throw new TypeError(
      `Cannot read an upload from ${given} kinds of content: give one of source, files, directory, zip`,
    )
  }
  const allLimits = { ...defaultUploadLimits, ...limits }
  if (source !== undefined) {
    if (typeof source !== "string") throw wrongType("source", "text", source)
    return fromRecord({ "index.ts": source }, allLimits)
  }
  if (files !== undefined) {
    if (typeof files !== "object" || files === null || Array.isArray(files) || files instanceof Uint8Array) {
      throw wrongType("files", "an object of paths to text or bytes", files)
    }
    return fromRecord(files, allLimits)
  }
  if (directory !== undefined) {
    if (typeof directory !== "string" || directory === "") throw wrongType("directory", "a path", directory)
    return readDirectory(directory, allLimits)
  }
  if (!(zip instanceof Uint8Array)) throw wrongType("zip", "a Uint8Array", zip)
  return readZip(zip, allLimits)
}

function fromRecord(record: Readonly<Record<string, unknown>>, limits: UploadLimits): UploadFiles {
  const collector = createUploadCollector(limits)
  const encoder = new TextEncoder()
  for (const [name, content] of Object.entries(record)) {
    collector.count()
    const path = toUploadPath(name)
    if (typeof content !== "string" && !(content instanceof Uint8Array)) {
      throw wrongType(`files["${path}"]`, "text or a Uint8Array", content)
    }
    if (isLitter(path)) continue
    collector.claim(path)
    collector.keep(path, typeof content === "string" ? encoder.encode(content) : content)
  }
  if (collector.files.size === 0) throw refuseUpload("it holds no files")
  return collector.files
}

function wrongType(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot read ${name} of an upload: it is ${value === null ? "null" : typeof value}, not ${wanted}`,
  )
}
