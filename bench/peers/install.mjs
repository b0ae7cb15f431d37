import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { runProcess } from "../tools/child.mjs"

const folder = fileURLToPath(new URL(".", import.meta.url))

/** isolated-vm is native: each of its lines serves other lines of Node. */
const isolatedVm = new Map([
  [20, "5.0.4"],
  [22, "6.1.2"],
  [24, "6.1.2"],
])

/** Installs the peers where they are missing. A native one that cannot be built is missed in its own row, not here. */
export async function installPeers() {
  await installPackages()
  const version = isolatedVm.get(Number(process.versions.node.split(".")[0])) ?? "latest"
  const marker = `${folder}node_modules/isolated-vm-for-node-${process.versions.modules}`
  if (existsSync(marker)) return
  await npm("install", "--no-package-lock", "--no-save", "--force", `isolated-vm@${version}`)
  const { mkdir } = await import("node:fs/promises")
  await mkdir(marker, { recursive: true })
}

/** Installs those that are JavaScript, or bring their own binary. */
export async function installPackages() {
  if (
    !["quickjs-emscripten", "workerd", "pg-boss", "@dbos-inc/dbos-sdk"].every((name) =>
      existsSync(`${folder}node_modules/${name}`),
    )
  ) {
    const { code, stderr } = await npm("install", "--no-package-lock")
    if (code !== 0) throw new Error(`The peers could not be installed: ${stderr.trim().split("\n").at(-1)}`)
  }
}

function npm(...args) {
  return runProcess("npm", [...args, "--no-audit", "--no-fund"], folder)
}
