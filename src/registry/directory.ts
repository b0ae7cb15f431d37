import { constants } from "node:fs"
import { open, readdir, realpath, stat } from "node:fs/promises"
import { join, sep } from "node:path"
import { createUploadCollector, type UploadCollector, type UploadFiles, type UploadLimits } from "./upload-collector.ts"
import { refuseEntry, refuseUpload } from "./upload-error.ts"
import { isLitter, toUploadPath } from "./upload-path.ts"

/** A history, caches, and links to commands: nothing that a function imports. */
const skipped = /(?:^|\/)(?:\.git|node_modules\/\.cache|node_modules\/\.bin)$/

/**
 * Reads a folder of the host's disk. Symbolic links are followed inside of it only; messages name paths relative to it,
 * since they may reach somebody who must not learn where it lies.
 */
export async function readDirectory(directory: string, limits: UploadLimits): Promise<UploadFiles> {
  const root = await realpath(directory).catch((cause: unknown) => {
    // The cause has the path: hosts log it, and callers from outside are not shown it.
    throw refuseUpload("there is no such folder", cause)
  })
  if (!(await stat(root)).isDirectory()) throw refuseUpload("it is no folder", new Error(`${root} is no folder`))
  const collector = createUploadCollector(limits)
  await walk({ root, collector, limits }, root, "", new Set([root]))
  if (collector.files.size === 0) throw refuseUpload("the folder holds no files")
  return collector.files
}

interface Walk {
  readonly root: string
  readonly collector: UploadCollector
  readonly limits: UploadLimits
}

async function walk(context: Walk, folder: string, prefix: string, above: ReadonlySet<string>): Promise<void> {
  const items = await attempt(prefix, readdir(folder, { withFileTypes: true }))
  items.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const item of items) {
    const name = prefix + item.name
    if (skipped.test(name) || isLitter(name)) continue
    context.collector.count()
    const path = toUploadPath(name)
    const place = join(folder, item.name)
    if (item.isFile()) await keepFile(context, place, path)
    else if (item.isDirectory()) await walk(context, place, `${name}/`, new Set(above).add(place))
    else if (item.isSymbolicLink()) await follow(context, place, name, above)
    else throw refuseEntry(name, "is no plain file")
  }
}

async function follow(context: Walk, place: string, name: string, above: ReadonlySet<string>): Promise<void> {
  const target = await realpath(place).catch(() => undefined)
  if (target === undefined) throw refuseEntry(name, "is a symbolic link that leads nowhere")
  if (!target.startsWith(context.root + sep))
    throw refuseEntry(name, "is a symbolic link that leads outside of the upload")
  const kind = await attempt(name, stat(target))
  if (kind.isFile()) return keepFile(context, target, toUploadPath(name))
  if (!kind.isDirectory()) throw refuseEntry(name, "is no plain file")
  if (above.has(target)) throw refuseEntry(name, "is a symbolic link to a folder that it stands in")
  return walk(context, target, `${name}/`, new Set(above).add(target))
}

async function keepFile(context: Walk, place: string, path: string): Promise<void> {
  const { collector, limits } = context
  collector.claim(path)
  // A link put in the file's place since it was listed must not be followed.
  const file = await attempt(path, open(place, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)))
  try {
    const { size } = await file.stat()
    if (size > Math.min(limits.maxFileBytes, collector.remainingBytes)) {
      throw refuseEntry(path, `takes the upload over its limit of ${limits.maxBytes} bytes`)
    }
    collector.keep(path, await attempt(path, file.readFile()))
  } finally {
    await file.close()
  }
}

/** Node's own errors carry the host's path. */
async function attempt<Result>(path: string, reading: Promise<Result>): Promise<Result> {
  try {
    return await reading
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw refuseEntry(path, `cannot be read${code ? ` (${code})` : ""}`)
  }
}
