import { type ChildProcess, spawn } from "node:child_process"

/** How a child process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A started child process with what it printed so far. */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves with the match once the output has it; rejects where the process ends before. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>
}

/** Where and with what a process starts. */
export interface StartOptions {
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts a process. */
export function start(command: string, args: readonly string[], { cwd, environment = {} }: StartOptions): Started {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const printed = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = stdout.match(pattern)
        if (match) resolve(match)
      }
      child.stdout.on("data", look)
      look()
      ended.then(
        () => reject(new Error(`The process ended before it printed ${pattern}:\n${stdout}\n${stderr}`)),
        reject,
      )
    })
  return { child, ended, printed }
}

/** Runs a process to its end and gives what it printed; throws where it fails. */
export async function run(command: string, args: readonly string[], options: StartOptions): Promise<Ended> {
  const result = await start(command, args, options).ended
  if (result.code === 0) return result
  throw new Error(
    `${command} ${args.join(" ")} ended with ${result.code ?? result.signal}:\n${result.stdout}\n${result.stderr}`,
  )
}
