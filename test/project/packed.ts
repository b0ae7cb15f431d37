import { mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { readManifest, root } from "./manifest.ts"
import { run } from "./process.ts"

/** A project outside of this one, in which the packed package is installed. */
export interface PackedProject {
  /** The project's folder; the package is in `node_modules/inlay`. */
  readonly folder: string
  /** Paths in the tarball. */
  readonly files: readonly string[]
  remove(): Promise<void>
}

/**
 * Packs the package and installs it into an empty project: unpacked as a real copy, with links to the dependencies that
 * it declares and to `linked`, and to nothing else.
 */
export async function installPacked(linked: readonly string[] = []): Promise<PackedProject> {
  const folder = await mkdtemp(join(tmpdir(), "inlay-packed-"))
  const project = fileURLToPath(root)
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: project,
  })
  const answer = JSON.parse(stdout) as unknown
  const [report] = Object.values(answer as Record<string, { filename: string; files: { path: string }[] }>)
  if (!report) throw new Error("npm pack told of no tarball")
  await run("tar", ["-xzf", report.filename], { cwd: folder })
  const modules = join(folder, "node_modules")
  await mkdir(modules)
  await rename(join(folder, "package"), join(modules, "inlay"))
  await rm(join(folder, report.filename))
  const { dependencies, optionalDependencies = {} } = await readManifest()
  for (const name of [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...linked]) {
    const link = join(modules, name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(project, "node_modules", name), link)
  }
  return {
    folder,
    files: report.files.map((file) => file.path),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
