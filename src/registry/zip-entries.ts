import { type Entry, fromBuffer, getFileNameLowLevel, type ZipFile } from "yauzl"
import { refuseEntry, refuseUpload } from "./upload-error.ts"
import { isLitter, toUploadPath } from "./upload-path.ts"

/** One file of an archive, checked but not yet unpacked. */
export interface ZipEntry {
  /** Normalised. */
  readonly path: string
  /** As the archive has it. */
  readonly name: string
  readonly packed: Buffer
  readonly deflated: boolean
  /** As the archive claims them: true only once the unpacked bytes were compared. */
  readonly claimedBytes: number
  readonly claimedCrc32: number
}

/**
 * Lists the files of an archive. Folders and litter are passed over; whatever is not a plain file under a safe name
 * is refused with `FN_005`.
 */
export async function listZipEntries(bytes: Buffer, count: () => void): Promise<readonly ZipEntry[]> {
  const archive = await openArchive(bytes)
  const extents: { start: number; end: number; name: string }[] = []
  const entries: ZipEntry[] = []
  for await (const entry of entriesOf(archive)) {
    count()
    const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true)
    const path = toUploadPath(name)
    const folder = checkKind(entry, name)
    if (folder || isLitter(path)) continue
    const start = await locate(archive, entry, name)
    const end = start + entry.compressedSize
    extents.push({ start: entry.relativeOffsetOfLocalHeader, end, name })
    entries.push({
      path,
      name,
      packed: bytes.subarray(start, end),
      deflated: entry.compressionMethod === 8,
      claimedBytes: entry.uncompressedSize,
      claimedCrc32: entry.crc32,
    })
  }
  refuseOverlaps(extents)
  return entries
}

function openArchive(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: false, strictFileNames: true }
    fromBuffer(bytes, options, (error, archive) => {
      if (error) reject(refuseUpload(`it is no whole ZIP archive (${plain(error)})`))
      else resolve(archive)
    })
  })
}

async function* entriesOf(archive: ZipFile): AsyncGenerator<Entry> {
  let settle: { resolve: (entry: Entry | undefined) => void; reject: (error: unknown) => void } | undefined
  archive.on("entry", (entry: Entry) => settle?.resolve(entry))
  archive.on("end", () => settle?.resolve(undefined))
  // It stays until the archive is dropped: an error that nobody listens to would end the process.
  archive.on("error", (error: Error) => settle?.reject(refuseUpload(`its directory is damaged (${plain(error)})`)))
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      settle = { resolve, reject }
      archive.readEntry()
    })
    if (!entry) return
    yield entry
  }
}

/** Answers whether the entry is a folder; refuses what is neither that nor a plain file that can be read. */
function checkKind(entry: Entry, name: string): boolean {
  const type = (entry.externalFileAttributes >>> 16) & 0o170000
  if (type === 0o120000) throw refuseEntry(name, "is a symbolic link")
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) throw refuseEntry(name, "is no plain file")
  if (name.endsWith("/")) return true
  if (type === 0o040000) {
    if (entry.uncompressedSize === 0) return true
    throw refuseEntry(name, "is a folder with content")
  }
  if (entry.generalPurposeBitFlag & 0x2041 || entry.compressionMethod === 99) throw refuseEntry(name, "is encrypted")
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw refuseEntry(name, `is packed with method ${entry.compressionMethod}, of which only 0 and 8 are known`)
  }
  if (entry.compressionMethod === 0 && entry.compressedSize !== entry.uncompressedSize) {
    throw refuseEntry(name, "is stored unpacked, but its two sizes differ")
  }
  return false
}

/** Where the entry's packed bytes begin. The name that stands there must be the directory's: tools disagree on which counts. */
async function locate(archive: ZipFile, entry: Entry, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    archive.readLocalFileHeader(entry, (error, header) => {
      if (error) reject(refuseEntry(name, `is damaged or truncated (${plain(error)})`))
      else if (!header.fileName.equals(entry.fileNameRaw)) reject(refuseEntry(name, "has another name at its content"))
      else resolve(header.fileDataStart)
    })
  })
}

/** Entries that share bytes are how a small archive unpacks to petabytes. */
function refuseOverlaps(extents: { start: number; end: number; name: string }[]): void {
  extents.sort((a, b) => a.start - b.start)
  let end = 0
  for (const extent of extents) {
    if (extent.start < end) throw refuseEntry(extent.name, "shares its bytes with another entry")
    end = extent.end
  }
}

function plain(error: Error): string {
  return error.message.replace(/[^\x20-\x7e]+/g, " ").slice(0, 120)
}
