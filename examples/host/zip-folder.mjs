import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import yazl from "yazl"

/** Packs the files of a folder, as an author's upload form or command line would. */
export async function zipFolder(folder) {
  const zip = new yazl.ZipFile()
  for (const name of await readdir(folder)) zip.addBuffer(await readFile(join(folder, name)), name)
  zip.end()
  return buffer(zip.outputStream)
}
