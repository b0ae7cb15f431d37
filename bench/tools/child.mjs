import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Runs a script of this folder in a process of its own and gives the object that it printed as its last line. */
export async function runChild(script, args = []) {
  const { code, stdout, stderr } = await runProcess(process.execPath, [
    fileURLToPath(new URL(`../${script}`, import.meta.url)),
    ...args,
  ])
  if (code !== 0) throw new Error(firstLine(stderr) || `${script} ended with ${code}`)
  return JSON.parse(stdout.trim().split("\n").at(-1))
}

/** Runs a process to its end; what it prints is kept, so that nothing but the figures reaches the output. */
export function runProcess(command, args, cwd = root) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] })
    const out = { stdout: "", stderr: "" }
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (text) => {
        out[name] += text
      })
    }
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, ...out }))
  })
}

function firstLine(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => /error|cannot|not /i.test(line))
}
