import { type ChildProcess, fork } from "node:child_process"
import { createRequire } from "node:module"
import { parse } from "node:path"
import type { BundlerReply, BundlerRequest } from "./bundler-protocol.ts"
import { watchMemory } from "./memory-watch.ts"

/** Why a bundler process is no more. */
export type BundlerEnd = "memory" | "killed" | "exited"

/** A process that bundles uploads, one at a time. It is killed with everything that it started. */
export interface BundlerChild {
  /** Says who takes its replies, in the place of whoever did: before anything is sent to it. */
  listen(onReply: (reply: BundlerReply) => void): void
  /** Resolves once the process has taken the message, or has ended. */
  send(request: BundlerRequest): Promise<void>
  /** It has nothing to do, and does not hold the host's process until it is sent something. */
  rest(): void
  readonly ended: Promise<BundlerEnd>
  kill(): void
}

/**
 * Starts a bundler process. It gets nothing of the host: no environment, no arguments, no working directory of ours, no
 * standard streams.
 */
export function startBundlerChild(memoryMb: number): BundlerChild {
  const grouped = process.platform !== "win32"
  const child = fork(createRequire(import.meta.url).resolve("#workers/bundler"), [], {
    cwd: parse(process.execPath).root,
    env: cleanEnvironment(memoryMb),
    execArgv: [`--max-old-space-size=${Math.ceil(memoryMb / 3)}`],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    detached: grouped,
  })
  const rest = (): void => {
    child.unref()
    child.channel?.unref()
  }
  rest()
  let onReply: ((reply: BundlerReply) => void) | undefined
  child.on("message", (reply) => onReply?.(reply as BundlerReply))
  let end: BundlerEnd = "exited"
  const kill = (reason: BundlerEnd): void => {
    if (end === "exited") end = reason
    killAll(child, grouped)
  }
  const stopWatching = child.pid ? watchMemory(child.pid, memoryMb * 1024 * 1024, () => kill("memory")) : undefined
  const ended = new Promise<BundlerEnd>((resolve) => {
    const finish = (): void => {
      stopWatching?.()
      // What it started may live on where it ended by itself.
      killAll(child, grouped, true)
      resolve(end)
    }
    child.once("exit", finish)
    child.on("error", () => {
      if (child.pid === undefined) finish()
    })
  })
  return {
    listen(listener) {
      onReply = listener
    },
    rest,
    ended,
    kill: () => kill("killed"),
    send(request) {
      child.ref()
      child.channel?.ref()
      return Promise.race([
        ended.then(() => undefined),
        // A failure to send is the failure of the process, which `ended` tells.
        new Promise<void>((resolve) => child.send(request, () => resolve())),
      ])
    },
  }
}

function cleanEnvironment(memoryMb: number): NodeJS.ProcessEnv {
  const { SystemRoot } = process.env
  return {
    GOMEMLIMIT: `${Math.ceil(memoryMb / 2)}MiB`,
    GOTRACEBACK: "none",
    // Windows cannot open sockets without it.
    ...(process.platform === "win32" && SystemRoot ? { SystemRoot } : {}),
  }
}

function killAll(child: ChildProcess, grouped: boolean, exited = false): void {
  if (child.pid === undefined) return
  try {
    if (grouped) process.kill(-child.pid, "SIGKILL")
    else if (!exited) child.kill("SIGKILL")
  } catch {
    // Nobody of the group is left.
  }
}
