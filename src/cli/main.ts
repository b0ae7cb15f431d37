#!/usr/bin/env node
import { runCommand } from "./run-command.ts"

process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  // Who reads has seen enough, such as head.
  if (code === "EPIPE") process.exit(0)
  process.stderr.write(`inlay: Cannot write: ${message}.\n`)
  process.exit(1)
})

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  write: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
})
